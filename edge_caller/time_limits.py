"""The two things that end a request early: a stage that takes too long, and a client that disconnects.

Both are classes, because a context manager made of an async generator costs some 6 µs each time.
"""

import asyncio
from types import TracebackType

from starlette.types import Receive

from edge_caller.errors import ClientLeft, EdgeCallerError

# Most answers come sooner. Listening costs a task, some 50 µs, which is a fifth of a request.
LISTEN_AFTER_SECONDS = 0.1


class time_limit:
    """`async with time_limit(seconds, error, message):` raises `error(message)` when the block takes longer.

    It gives the asyncio.Timeout, which the block may reschedule.
    """

    def __init__(self, seconds: float, error: type[EdgeCallerError], message: str) -> None:
        self._timeout = asyncio.timeout(seconds)
        self._error = error
        self._message = message

    async def __aenter__(self) -> asyncio.Timeout:
        return await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise self._error(self._message) from None


class call_limit(time_limit):
    """A time_limit that also ends when the client disconnects: then it raises ClientLeft.

    The request's body must have been read.
    """

    def __init__(self, seconds: float, error: type[EdgeCallerError], message: str, receive: Receive) -> None:
        super().__init__(seconds, error, message)
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(LISTEN_AFTER_SECONDS, self._start_listening)
        self._listener: asyncio.Task[None] | None = None

    def _start_listening(self) -> None:
        self._listener = self._loop.create_task(self._listen())

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._error, self._message = ClientLeft, "the client disconnected before its answer was complete"
        self._timeout.reschedule(self._loop.time())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._listener:
            self._listener.cancel()
        await super().__aexit__(kind, error, trace)
