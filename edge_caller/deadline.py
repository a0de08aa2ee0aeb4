"""Deadline: the one clock of a request. Each stage sets it anew, and it runs out at once when the client leaves.

One timer that is rarely touched costs less than one for each stage, and it needs nothing of the transport.
Source: Python documentation, "asyncio.timeout" (Timeout.reschedule); ASGI specification, "Disconnect - receive event".
"""

import asyncio
from types import TracebackType

from starlette.types import Receive

from edge_caller.errors import ClientLeft, EdgeCallerError, UpstreamTimeout

Stage = tuple[type[EdgeCallerError], str]

WHOLE: Stage = (UpstreamTimeout, "the request took longer than EDGE_WHOLE_TIMEOUT_SECONDS: ask for less, or allow more")
LEFT: Stage = (ClientLeft, "the client left before its answer was complete")
# Most answers come sooner: for them, listening for the client's leaving would cost more than it could save.
LISTEN_AFTER_SECONDS = 0.1


class Deadline:
    """An async context manager, for one request. When the time of a stage is over it raises that stage's error."""

    def __init__(self, whole_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._end = self._stage_end = now + whole_seconds
        self._stage = WHOLE
        self._timeout = asyncio.timeout(None)
        self._timer_end = min(self._end, now + LISTEN_AFTER_SECONDS)
        self._timer = self._loop.call_at(self._timer_end, self._look)
        self._receive: Receive | None = None
        self._listener: asyncio.Task[None] | None = None

    def allow(self, seconds: float, stage: Stage) -> None:
        """Begins a stage, which raises its error when it takes longer than `seconds`."""
        if self._stage is LEFT:
            return
        end = self._loop.time() + seconds
        self._stage_end, self._stage = (end, stage) if end < self._end else (self._end, WHOLE)
        if self._stage_end < self._timer_end:
            self._look_at(self._stage_end)

    def watch(self, receive: Receive) -> None:
        """From now on the clock runs out when the client leaves. The request's body must have been received."""
        self._receive = receive
        listen_at = self._loop.time() + LISTEN_AFTER_SECONDS
        if listen_at < self._timer_end:
            self._look_at(listen_at)

    def _look_at(self, when: float) -> None:
        self._timer.cancel()
        self._timer, self._timer_end = self._loop.call_at(when, self._look), when  # a Worker's timers tell no time

    def _look(self) -> None:
        """The timer's end: later stages may have moved the deadline away since it was set."""
        if self._receive and not self._listener:
            self._listener = self._loop.create_task(self._listen(self._receive))
        if self._timeout.expired():
            return
        if self._loop.time() >= self._stage_end:
            self._timeout.reschedule(self._stage_end)
        else:
            self._look_at(self._stage_end)

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stage, self._stage_end = LEFT, self._loop.time()
        self._look()

    async def __aenter__(self) -> "Deadline":
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._listener:
            self._listener.cancel()
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            kind_of_stage, message = self._stage
            raise kind_of_stage(message) from None
