"""Runs programs on chosen cores and reads what their whole process tree used. It needs Linux: /proc and taskset."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from running.ports import answers
from running.program import ROOT, Program, started

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def check_platform() -> None:
    """Ends the program with one sentence where it can't measure."""
    if not hasattr(os, "sched_getaffinity") or not shutil.which("taskset"):
        sys.exit("This benchmark needs Linux with taskset: CPU time is read from /proc, each side has a core.")
    if len(cores()) < 2:
        sys.exit("This benchmark needs two cores: one for the proxies, one for the load. There is only one here.")


def pinned(on_cores: Sequence[int], command: Sequence[str]) -> list[str]:
    """The command on these cores. Its standard output is dropped: a proxy's log isn't what is measured."""
    return ["sh", "-c", 'exec "$0" "$@" >/dev/null', "taskset", "-c", ",".join(map(str, on_cores)), *command]


@contextmanager
def listening(
    name: str,
    on_cores: Sequence[int],
    command: Sequence[str],
    port: int,
    variables: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> Iterator[int]:
    """The process ID of the program, once it listens on the port; after the block nothing of it is left."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), **(variables or {})}

    def show(line: str) -> None:
        print(f"{name}: {line}", file=sys.stderr)

    program = Program(name, pinned(on_cores, command), environment, folder=folder, on_line=show)
    with started(program, lambda: answers(port)):
        yield program.process.pid


def process_tree(pid: int) -> list[int]:
    """The process and all its descendants. Granian, for one, has a supervisor and a process for each worker."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text("ascii").split()]
    return [pid, *(descendant for child in children for descendant in process_tree(child))]


def cpu_seconds(pid: int) -> float:
    """The CPU time that the process tree has used, in user mode and in the kernel."""
    ticks = 0
    for each in process_tree(pid):
        fields = Path(f"/proc/{each}/stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def resident_mib(pid: int) -> float:
    """The resident memory of the process tree. Pages that two of its processes share count twice."""
    return memory_mib(pid, "VmRSS")


def peak_mib(pid: int) -> float:
    """The most that its processes had since their start, or since the peak was reset."""
    return memory_mib(pid, "VmHWM")


def reset_peak(pid: int) -> None:
    for each in process_tree(pid):
        Path(f"/proc/{each}/clear_refs").write_text("5", "ascii")  # proc(5): resets the peak resident set size


def memory_mib(pid: int, field: str) -> float:
    kib = 0
    for each in process_tree(pid):
        kib += int(Path(f"/proc/{each}/status").read_text("utf-8").partition(f"{field}:")[2].split()[0])
    return kib / 1024
