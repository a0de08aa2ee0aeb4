"""Ends a worker with its supervisor: when that is killed, and when that is told to stop before the worker serves."""

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """Asks Linux to kill this process when its parent dies. Elsewhere it does nothing.

    An orphan would go on serving, on a port that looks free. The signal is SIGKILL: after SIGTERM a worker drains, and
    only its supervisor ends a drain that takes too long.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent and os.getppid() != parent.pid:  # it died before it was asked for
            os._exit(1)


def let_sigterm_end_new_workers() -> None:
    """From now on a forked process ends at SIGTERM, unless it sets a handler of its own.

    Granian's workers inherit the supervisor's handler, which does nothing in them: a worker that isn't serving yet
    would hold the supervisor for EDGE_DRAIN_SECONDS.
    """

    def end_at_sigterm() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM}),
        after_in_child=end_at_sigterm,
    )
