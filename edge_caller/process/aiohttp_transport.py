"""AiohttpTransport: httpx's transport interface over aiohttp, which sends the bytes that were signed, and fast.

It follows no redirect, keeps no cookie, decodes nothing and asks no proxy. It does without aiohttp's ClientSession,
which takes its time for all that, and sends a request a second time by itself: that is for `retry.py` to decide.
Source: aiohttp 3.14, ClientSession._request, whose steps these are; httpx's documentation, "Custom transports".
"""

import asyncio
import io
from collections.abc import AsyncIterator
from functools import cached_property

import aiohttp
import httpx
import yarl

from edge_caller.signer.target import request_target

LARGE_BODY_BYTES = 2**20  # above it aiohttp warns unless it is handed a file
BUFFER_BYTES = 65_536  # of an answer; what is more stays with the kernel, and then with the function
MAX_HEADER_BYTES = 65_536  # aiohttp's own limit is 8 KiB, less than a Function URL may answer with
NOT_ADDED = ("accept", "accept-encoding", "content-type", "user-agent")

BROKEN = (aiohttp.ClientError, OSError)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """How many connections there are at once is the caller's to limit."""

    def __init__(self, connect_timeout_seconds: float) -> None:
        self._timeout = aiohttp.ClientTimeout(connect=connect_timeout_seconds)

    @cached_property
    def _connector(self) -> aiohttp.TCPConnector:
        """Made at the first request: it belongs to the event loop that runs then."""
        return aiohttp.TCPConnector(limit=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ConnectError and ConnectTimeout when nothing was sent, ReadError when something may have been."""
        outgoing = aiohttp_request(request)
        try:
            connection = await self._connector.connect(outgoing, traces=[], timeout=self._timeout)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time") from error
        except BROKEN as error:
            raise httpx.ConnectError(type(error).__name__) from error
        try:
            answer = await answer_to(outgoing, connection)
        except BROKEN as error:
            raise httpx.ReadError(type(error).__name__) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=AnswerStream(answer))

    async def aclose(self) -> None:
        await self._connector.close()


def aiohttp_request(request: httpx.Request) -> aiohttp.ClientRequest:
    origin, body = request.url, request.content
    path, _, query = request_target(request).partition("?")
    url = yarl.URL.build(
        scheme=origin.scheme, authority=origin.netloc.decode(), path=path, query_string=query, encoded=True
    )
    return aiohttp.ClientRequest(
        request.method,
        url,
        headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
        skip_auto_headers=NOT_ADDED,
        data=(io.BytesIO(body) if len(body) > LARGE_BODY_BYTES else body) or None,
        loop=asyncio.get_running_loop(),
    )


async def answer_to(
    outgoing: aiohttp.ClientRequest, connection: aiohttp.connector.Connection
) -> aiohttp.ClientResponse:
    """The answer, its body still to be read."""
    try:
        connection.protocol.set_response_params(  # type: ignore[union-attr]  # None only once it was given back
            skip_payload=outgoing.method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            read_bufsize=BUFFER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
        )
        answer = await outgoing.send(connection)
    except BaseException:
        connection.close()
        raise
    try:
        return await answer.start(connection)
    except BaseException:  # its being cancelled, too
        answer.close()  # the connection, and what still writes the request's body to it
        raise


class AnswerStream(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._answer.content.iter_any():
                yield piece
        except BROKEN as error:
            raise httpx.ReadError(type(error).__name__) from error

    async def aclose(self) -> None:
        self._answer.close()  # a connection whose answer was read to its end has gone back to the pool already
