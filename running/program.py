"""Runs a program as a process of its own: started, watched, and stopped with everything that it started."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from running.ports import NotRunning
from running.stopping import signals_held

ROOT = Path(__file__).parent.parent
START_SECONDS = 30
STOP_SECONDS = 5
# No key, address or setting of the shell reaches a service or a rehearsal.
NOT_INHERITED = ("AWS_", "EDGE_", "FUNCTION_", "LOCAL_AWS_", "DEV_VARS")


def inherited_variables(*left_out: str) -> dict[str, str]:
    """The shell's variables, without those whose names begin with NOT_INHERITED or `left_out`."""
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED + left_out)}


def ignore(line: str) -> None: ...


@dataclass
class Program:
    """One process and its group. `on_line` gets each line that it writes, from a thread of its own."""

    name: str
    command: Sequence[str | Path]
    variables: Mapping[str, str] = field(repr=False)  # keys are among them
    folder: Path | None = None
    on_line: Callable[[str], None] = ignore
    stop_seconds: float = STOP_SECONDS
    _process: "subprocess.Popen[str] | None" = None
    _told_to_end: bool = False

    @property
    def process(self) -> "subprocess.Popen[str]":
        if self._process is None:
            raise NotRunning(f"{self.name} isn't running")
        return self._process

    def start(self) -> None:
        self._told_to_end = False
        with signals_held():
            try:
                self._process = subprocess.Popen(
                    self.command,
                    cwd=self.folder,
                    env=self.variables,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    start_new_session=True,  # Ctrl-C reaches only us; what it starts itself ends with its group
                )
            except OSError as error:
                raise NotRunning(f"{self.command[0]} can't be run: `make doctor` says how to get it") from error
            self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
            self._reader.start()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            self.on_line(line.rstrip("\n"))

    def wait_until(self, ready: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise NotRunning(f"{self.name} didn't answer within {seconds} seconds: see its log above")
            time.sleep(0.02)

    def check(self) -> None:
        """Raises NotRunning when the process has ended."""
        if self.process.poll() is not None:
            raise NotRunning(f"{self.name} ended with status {self.process.returncode}: see its log above")

    def tell_to_end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Signals the process, once: a second signal would break off what it does at its end."""
        if self._process and not self._told_to_end:
            self._told_to_end = True
            self._process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Signals the process, waits for it, kills what is left of its group, and reads the rest of its output."""
        if self._process is None:
            return
        with signals_held(), self._process as process:
            self.tell_to_end(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(self.stop_seconds)
            with contextlib.suppress(ProcessLookupError):  # the whole group has ended
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self._reader.join(STOP_SECONDS)
            self._process = None


@contextmanager
def started(
    program: Program, ready: Callable[[], bool] | None = None, seconds: float = START_SECONDS
) -> Iterator[Program]:
    """The program while the block runs, once it is ready; nothing of it is left afterwards."""
    try:
        program.start()
        if ready:
            program.wait_until(ready, seconds)
        yield program
    finally:
        program.stop()
