"""CPU time and memory of a whole process tree, as the kernel counts them."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.edge.processes import cpu_seconds, peak_mib, process_tree, reset_peak, resident_mib

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc here")

WORK = "sum(range(10_000_000))"
CHILD = f"{WORK}; print('done', flush=True); input()"
PARENT = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {CHILD!r}]))"


def test_counts_what_a_child_process_uses() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "done\n"
        _, child = process_tree(parent.pid)
        assert cpu_seconds(parent.pid) >= cpu_seconds(child) > 0
        assert resident_mib(parent.pid) > resident_mib(child) > 0
        parent.communicate("\n")


def test_the_peak_stays_until_it_is_reset() -> None:
    grow = "input(); big = b'x' * 2**26; del big; print('done', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", grow], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        one.stdin.write("\n")
        one.stdin.flush()
        assert one.stdout.readline() == "done\n"
        assert peak_mib(one.pid) > resident_mib(one.pid) + 60
        reset_peak(one.pid)
        assert peak_mib(one.pid) < resident_mib(one.pid) + 4
        one.communicate("\n")
