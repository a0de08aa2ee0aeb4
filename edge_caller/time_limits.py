"""The two things that end a request early: a stage that takes too long, and a client that disconnects."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive

from edge_caller.errors import ClientLeft, EdgeCallerError

# Most answers come sooner. Listening costs a task, some 50 µs, which is a fifth of a request.
LISTEN_AFTER_SECONDS = 0.1


@asynccontextmanager
async def time_limit(seconds: float, error: type[EdgeCallerError], message: str) -> AsyncIterator[asyncio.Timeout]:
    """Raises `error(message)` when the block takes longer than `seconds`. The block may reschedule the time-out."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield limit
    except TimeoutError:
        if limit.expired():
            raise error(message) from None
        raise


@asynccontextmanager
async def ended_by_disconnect(receive: Receive) -> AsyncIterator[None]:
    """Cancels the block and raises ClientLeft when the client disconnects. The request's body must have been read."""
    loop = asyncio.get_running_loop()
    listeners: list[asyncio.Task[None]] = []

    async def listen() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        disconnect.reschedule(loop.time())

    timer = loop.call_later(LISTEN_AFTER_SECONDS, lambda: listeners.append(loop.create_task(listen())))
    try:
        async with asyncio.timeout(None) as disconnect:
            yield
    except TimeoutError:
        if disconnect.expired():
            raise ClientLeft("the client disconnected before its answer was complete") from None
        raise
    finally:
        timer.cancel()
        for listener in listeners:
            listener.cancel()
