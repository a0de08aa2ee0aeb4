"""Sends a response: a whole one, or a streamed one piece by piece, noting when each piece went.

Source: ASGI specification, "HTTP & WebSocket ASGI Message Format".
"""

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.types import Receive, Send

from local_aws.function.response import MappedResponse
from local_aws.record import Record, StreamTimes
from local_aws.refusals import fact

# The adapter writes this into the body where the app breaks off midway, then ends the stream without an error.
MARK_OF_THE_ADAPTER = b"Lambda-Runtime-Function-Error-Type: "
STATUSES_WITHOUT_BODY = (204, 304)


def has_body(response: MappedResponse, method: str) -> bool:
    return method != "HEAD" and response.status not in STATUSES_WITHOUT_BODY


async def send_response(response: MappedResponse, method: str, send: Send) -> None:
    body = response.body if has_body(response, method) else None
    length = [(b"content-length", str(len(body)).encode())] if body is not None else []
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers + length})
    await send({"type": "http.response.body", "body": body or b""})


async def send_stream(
    response: MappedResponse,
    pieces: AsyncIterator[bytes],
    record: Record,
    started: float,
    receive: Receive,
    send: Send,
) -> None:
    """Takes all pieces, also once the client has disconnected: that doesn't stop a function. `started`: perf_counter.

    Raises FunctionError where the stream breaks off: the response then has no end, and the server disconnects.
    """
    record.stream = stream = StreamTimes()
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    async for piece in pieces:
        stream.add(piece, time.perf_counter() - started)
        if has_body(response, record.method):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    if MARK_OF_THE_ADAPTER in stream.tail:
        record.findings = (fact("stream_broke_off"),)
    elif await has_disconnected(receive):
        record.findings = (fact("stream_client_disconnected"),)
    await send({"type": "http.response.body", "body": b""})


async def has_disconnected(receive: Receive) -> bool:
    """Whether the server knows it by now: it tells it at once, or it would wait."""
    try:
        async with asyncio.timeout(0):
            return bool((await receive())["type"] == "http.disconnect")
    except TimeoutError:
        return False
