"""CPU time and memory of a whole process tree, as the kernel counts them."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.edge.processes import cpu_seconds, process_tree, resident_mib

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
