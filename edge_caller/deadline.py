"""The deadline of a request: how long the stage may take that the request is in, and all of them together.

One timer for all stages: to start one for each of five stages would cost a tenth of a request's CPU time.
"""

import asyncio
from types import TracebackType
from typing import Any, Self

from starlette.types import Receive

from edge_caller.errors import ClientLeft, EdgeCallerError

Limit = tuple[type[EdgeCallerError], str]
"""The error that is raised when a time is over, and its message."""

LEFT: Limit = (ClientLeft, "the client disconnected before its answer was complete")
# Most answers come sooner. Listening costs a task, some 50 µs, which is a fifth of a request.
LISTEN_AFTER_SECONDS = 0.1


class Deadline:
    """`with Deadline(seconds, limit) as deadline:` raises the limit's error when the block takes longer.

    It cancels the task and takes the cancellation back, as asyncio.timeout does.
    """

    def __init__(self, seconds: float, limit: Limit) -> None:
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] = asyncio.current_task(self._loop)  # type: ignore[assignment]  # never None here
        self._cancelled_before = self._task.cancelling()
        self._reached: Limit | None = None
        self._receive: Receive | None = None
        self._listener: asyncio.Task[None] | None = None
        now = self._loop.time()
        self._stage_end = self._end = now + seconds
        self._stage_limit = self._limit = limit
        self._set_timer(min(self._end, now + LISTEN_AFTER_SECONDS))

    def restart(self, seconds: float, limit: Limit, receive: Receive) -> None:
        """Begins anew. From now on the block also ends when the client disconnects: its body must have been read."""
        self._receive = receive
        now = self._loop.time()
        self._stage_end = self._end = now + seconds
        self._stage_limit = self._limit = limit
        self._look_by(min(self._end, now + LISTEN_AFTER_SECONDS))

    def stage(self, seconds: float, limit: Limit) -> None:
        """Ends the last stage, and begins one that may take so many seconds."""
        self._stage_end, self._stage_limit = self._loop.time() + seconds, limit
        if self._stage_end >= self._end:
            self._stage_end, self._stage_limit = self._end, self._limit
        self._look_by(self._stage_end)

    def _look_by(self, time: float) -> None:
        if time < self._timer_time:
            self._timer.cancel()
            self._set_timer(time)

    def _set_timer(self, time: float) -> None:
        self._timer = self._loop.call_at(time, self._look)
        self._timer_time = time  # kept here, because a Worker's TimerHandle has no when()

    def _look(self) -> None:
        """Called when the timer fires. The stage may have changed since the timer was set."""
        if self._receive and not self._listener:
            self._listener = self._loop.create_task(self._listen(self._receive))
        if self._loop.time() < self._stage_end:
            self._set_timer(self._stage_end)
        else:
            self._reach(self._stage_limit)

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._reach(LEFT)

    def _reach(self, limit: Limit) -> None:
        if not self._reached:
            self._reached = limit
            self._task.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._listener:
            self._listener.cancel()
        if self._reached and self._task.uncancel() <= self._cancelled_before and kind is asyncio.CancelledError:
            error_class, message = self._reached
            raise error_class(message) from None
