"""The body of a client's request, read whole: its SHA-256 is part of the signature."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.types import Receive, Scope

from edge_caller.errors import BodyTooLarge, ClientTooSlow, RequestError, TooBusy
from edge_caller.incoming import values
from edge_caller.limits import Limits
from edge_caller.time_limits import time_limit

# Lambda's limit for a request's event, as of 2026-11: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_BODY_BYTES = 6_291_456
MAX_BUFFERED_BYTES = 268_435_456

TOO_SLOW = (
    "the next part of the body didn't come within EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS, or all of it within "
    "EDGE_WHOLE_TIMEOUT_SECONDS: send it faster"
)


class BodyMemory:
    """Counts the bytes of all bodies that are in memory, so that unfinished uploads can't fill it."""

    def __init__(self, limits: Limits) -> None:
        self._free = min(MAX_BUFFERED_BYTES, limits.max_connections * MAX_BODY_BYTES)

    def take(self, size: int) -> None:
        if size > self._free:
            raise TooBusy("the request bodies in flight fill the memory that they may: try again in a second")
        self._free -= size

    def give_back(self, size: int) -> None:
        self._free += size


@asynccontextmanager
async def received_body(scope: Scope, receive: Receive, memory: BodyMemory, limits: Limits) -> AsyncIterator[bytes]:
    """The whole body, which counts in `memory` until the block is left. Raises RequestError and TooBusy."""
    announced = announced_length(scope)
    check_size(announced or 0)
    taken = 0

    def take(size: int) -> None:
        nonlocal taken
        memory.take(size)
        taken += size
        check_size(taken)

    try:
        body = await read_body(receive, limits, take)
        if announced not in (None, len(body)):
            raise RequestError(f"the body has {len(body)} bytes, but Content-Length says {announced}: make them agree")
        yield body
    finally:
        memory.give_back(taken)


async def read_body(receive: Receive, limits: Limits, take: Callable[[int], None]) -> bytes:
    """The body. `take` is told the size of each part before the next one is waited for."""
    loop = asyncio.get_running_loop()
    pause, end = limits.between_bytes_timeout_seconds, loop.time() + limits.whole_timeout_seconds
    parts: list[bytes] = []
    more = True
    async with time_limit(min(pause, limits.whole_timeout_seconds), ClientTooSlow, TOO_SLOW) as limit:
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise RequestError("the request ended before its body was complete: send all of it")
            limit.reschedule(min(loop.time() + pause, end))
            take(len(event.get("body", b"")))
            parts.append(event.get("body", b""))
            more = event.get("more_body", False)
    return b"".join(parts)


def announced_length(scope: Scope) -> int | None:
    """What Content-Length says, None without it. Raises RequestError unless it is one whole number."""
    lengths = set(values(scope["headers"], b"content-length"))
    if not lengths:
        return None
    length = lengths.pop()
    if lengths or not length.isdigit() or len(length) > 15:
        raise RequestError("Content-Length must be one whole number: send the number of bytes in the body")
    return int(length)


def check_size(body_bytes: int) -> None:
    if body_bytes > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes, the most that Lambda accepts: send less")
