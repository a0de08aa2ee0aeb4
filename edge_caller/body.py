"""The body of a client's request, read whole: its SHA-256 is part of the signature."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import Receive, Scope

from edge_caller.cancellation import time_limit
from edge_caller.errors import BodyTooLarge, ClientTooSlow, RequestError, TooBusy
from edge_caller.incoming import values
from edge_caller.limits import Limits

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

    @contextmanager
    def counted(self) -> Iterator[Callable[[int], None]]:
        """Gives the function that takes bytes, and gives them back at the end of the block. It raises TooBusy."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if size > self._free:
                raise TooBusy("the request bodies in flight fill the memory for them: try again in a second")
            self._free -= size
            taken += size

        try:
            yield take
        finally:
            self._free += taken


async def read_body(scope: Scope, receive: Receive, limits: Limits, take: Callable[[int], None]) -> bytes:
    """The whole body. `take` is called with the size of each part. Raises RequestError and what `take` raises."""
    announced = announced_length(scope)
    check_size(announced or 0)
    loop = asyncio.get_running_loop()
    pause, end = limits.between_bytes_timeout_seconds, loop.time() + limits.whole_timeout_seconds
    body = bytearray()  # grows in place: bytes would be copied whole for each part
    more = True
    with time_limit(min(pause, limits.whole_timeout_seconds), ClientTooSlow, TOO_SLOW) as limit:
        while more and len(body) != announced:  # no need to wait for the event that says that this was all
            event = await receive()
            if event["type"] == "http.disconnect":
                raise RequestError("the request ended before its body was complete: send all of it")
            part, more = event.get("body", b""), event.get("more_body", False)
            take(len(part))
            body += part
            check_size(len(body))
            if more:
                limit.restart(min(pause, end - loop.time()))
    if announced not in (None, len(body)):
        raise RequestError(f"the body has {len(body)} bytes, but Content-Length says {announced}: make them agree")
    return bytes(body)


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
