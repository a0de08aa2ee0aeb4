"""A worker ends with its supervisor, also when that is killed before the worker asks for it."""

import subprocess
import sys

import pytest

# The second worker inherits the pipe by which the first would see that its parent lives.
SUPERVISOR = """
import multiprocessing, os, signal, time
from edge_caller.process.parent import end_with_parent

def first(supervisor):
    while os.getppid() == supervisor:
        time.sleep(0.01)
    end_with_parent()
    print("still there", flush=True)

context = multiprocessing.get_context("fork")
context.Process(target=first, args=[os.getpid()]).start()
context.Process(target=time.sleep, args=[3]).start()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux ends a process with its parent")
def test_a_worker_ends_whose_supervisor_was_killed_before_it_served() -> None:
    ran = subprocess.run([sys.executable, "-c", SUPERVISOR], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("", "")
