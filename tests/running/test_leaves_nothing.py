"""A command that is stopped by a signal, at whatever moment, leaves no process behind and prints no traceback."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def processes_with(mark: str) -> list[str]:
    """The commands of all processes that have inherited the mark, whoever is their parent."""
    if not Path("/proc/self/environ").exists():
        listed = subprocess.run(["ps", "axeww", "-o", "command"], capture_output=True, text=True, check=True).stdout
        return [line for line in listed.splitlines() if mark in line]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it has ended, or it is somebody else's
    return found


@pytest.mark.parametrize(
    ("number", "seconds"),
    [(signal.SIGTERM, 0.0), (signal.SIGINT, 0.1), (signal.SIGHUP, 0.2), (signal.SIGTERM, 0.5)],
)
def test_the_demo_is_stopped(number: signal.Signals, seconds: float) -> None:
    mark = f"mark-{uuid.uuid4()}"
    demo = subprocess.Popen(
        [sys.executable, "-m", "scripts.demo"],
        cwd=ROOT,
        env=os.environ | {"MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout
    assert demo.stdout.readline().startswith("Starting")
    time.sleep(seconds)
    demo.send_signal(number)
    _, error = demo.communicate(timeout=30)
    assert processes_with(mark) == []
    assert (demo.returncode, error) == (130, "\ndemo: stopped before its end; all three services are stopped too\n")
