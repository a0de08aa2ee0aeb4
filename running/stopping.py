"""Ctrl-C, SIGTERM and a closed terminal all stop a command in the same way: in order, once, and without a traceback."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked for the end. Like KeyboardInterrupt, it passes every `except Exception`."""


holds = 0
asked = False


def stop_on_signals() -> None:
    """From now on the first signal raises Stopped. Later ones are ignored: they can't interrupt the stopping."""
    global asked
    asked = False
    for number in SIGNALS:
        signal.signal(number, _stop)


def ignore_signals() -> None:
    """From now on no signal of these stops this process, or a process that it starts."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, frame: FrameType | None) -> None:
    global asked
    asked = True
    ignore_signals()
    if not holds:
        raise Stopped


@contextmanager
def signals_held() -> Iterator[None]:
    """Delays Stopped to the end of the block: a process that has just started must be known before it is stopped."""
    global holds
    holds, before = holds + 1, asked
    try:
        yield
    finally:
        holds -= 1
        if asked and not before and not holds:
            raise Stopped
