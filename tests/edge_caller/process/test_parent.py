"""A worker ends with its supervisor, also when that is killed or told to stop before the worker serves."""

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


# The child gets the signal before its first line runs, or later.
FORKED = """
import os, signal, time
from edge_caller.process.parent import let_sigterm_end_new_workers

signal.signal(signal.SIGTERM, lambda *_: None)  # as Granian's supervisor does
let_sigterm_end_new_workers()
child = os.fork()
if child == 0:
    time.sleep(30)
    os._exit(0)
time.sleep(float(os.environ["PAUSE"]))
os.kill(child, signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os.kill(os.getpid(), signal.SIGTERM)
print("the supervisor handles it", flush=True)
"""


@pytest.mark.parametrize("pause", ["0", "0.1"])
def test_a_worker_that_is_not_serving_yet_ends_at_once(pause: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FORKED], env={"PAUSE": pause}, capture_output=True, text=True, check=False, timeout=20
    )
    assert (ran.stdout, ran.stderr) == ("-15\nthe supervisor handles it\n", "")
