"""Ends a worker when its supervisor is killed: an orphan would go on serving, on a port that looks free."""

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """Asks Linux to kill this process when its parent dies. Elsewhere it does nothing.

    SIGTERM wouldn't do: Granian's worker hangs when that signal comes before it serves.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent and os.getppid() != parent.pid:  # it died before it was asked for
            os._exit(1)
