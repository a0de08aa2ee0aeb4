"""Ctrl-C, SIGTERM and a closed terminal all stop a command in the same way: in order, once, and without a traceback."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked for the end. Like KeyboardInterrupt, it passes every `except Exception`."""


class _Signals:
    held = False
    asked = False


def stop_on_signals() -> None:
    """From now on the first signal raises Stopped. Later ones are ignored: they can't interrupt the stopping."""
    _Signals.asked = False
    for number in SIGNALS:
        signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    for later in SIGNALS:
        signal.signal(later, signal.SIG_IGN)
    _Signals.asked = True
    if not _Signals.held:
        raise Stopped


@contextmanager
def signals_held() -> Iterator[None]:
    """Delays Stopped to the end of the block: a process that has just started must be known before it is stopped."""
    outer, _Signals.held = _Signals.held, True
    asked_before = _Signals.asked
    try:
        yield
    finally:
        _Signals.held = outer
        if _Signals.asked and not asked_before and not outer:
            raise Stopped
