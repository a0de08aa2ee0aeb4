"""Cancellation: the two things that end a request early, a stage that takes too long and a client that disconnects.

Both are classes, because a context manager made of an async generator costs some 6 µs each time. They cancel the task
and take the cancellation back, as asyncio.timeout does, in a third of its time: a request has five limits.
"""

import asyncio
from types import TracebackType
from typing import Any, Self

from starlette.types import Receive

from edge_caller.errors import ClientLeft, EdgeCallerError

# Most answers come sooner. Listening costs a task, some 50 µs, which is a fifth of a request.
LISTEN_AFTER_SECONDS = 0.1


class time_limit:
    """`with time_limit(seconds, error, message):` raises `error(message)` when the block takes longer."""

    def __init__(self, seconds: float, error: type[EdgeCallerError], message: str) -> None:
        self._seconds = seconds
        self._error = error
        self._message = message
        self._is_over = False

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] = asyncio.current_task(self._loop)  # type: ignore[assignment]  # never None here
        self._cancelled_before = self._task.cancelling()
        self._timer = self._loop.call_later(self._seconds, self._end)
        return self

    def restart(self, seconds: float) -> None:
        """Ends the block so many seconds from now."""
        self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._end)

    def _end(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._is_over and self._task.uncancel() <= self._cancelled_before and kind is asyncio.CancelledError:
            raise self._error(self._message) from None


class call_limit(time_limit):
    """A time_limit that also ends when the client disconnects: then it raises ClientLeft.

    The request's body must have been read.
    """

    def __init__(self, seconds: float, error: type[EdgeCallerError], message: str, receive: Receive) -> None:
        super().__init__(min(seconds, LISTEN_AFTER_SECONDS), error, message)
        self._left = seconds - self._seconds
        self._receive = receive
        self._listener: asyncio.Task[None] | None = None

    def _end(self) -> None:
        """The timer fires first when it is time to listen, then when the block has taken too long."""
        if self._listener or not self._left:
            super()._end()
            return
        self._listener = self._loop.create_task(self._listen())
        self.restart(self._left)

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._error, self._message = ClientLeft, "the client disconnected before its answer was complete"
        self._end()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listener:
            self._listener.cancel()
        super().__exit__(kind, error, trace)
