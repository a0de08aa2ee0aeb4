"""Output that can't fail: a closed terminal, or a reader that has left, must not stop the removal of the stack."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TextIO


class Unfailing(io.TextIOBase):
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


@contextmanager
def unfailing_output() -> Iterator[None]:
    with redirect_stdout(Unfailing(sys.stdout)):
        yield
