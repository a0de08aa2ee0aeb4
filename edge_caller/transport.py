"""AiohttpTransport: httpx's transport interface over aiohttp, which sends the bytes that were signed, and fast.

It follows no redirect, keeps no cookie and asks no proxy: aiohttp's ClientSession, which would, is left out. So is that
one's own second try of a request: what is sent again is `retry.py`'s to say.
Source: aiohttp's documentation, "Client Reference"; httpx's documentation, "Custom transports".
"""

import asyncio
import io
from collections.abc import AsyncIterator
from functools import cached_property

import aiohttp
import httpx
import yarl

from edge_caller.target import target_of

LARGE_BODY_BYTES = 2**20  # above it aiohttp warns unless it is handed a file
BUFFER_BYTES = 65_536
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
            answer = await exchange(outgoing, connection)
        except BROKEN as error:
            raise httpx.ReadError(type(error).__name__) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=AnswerStream(answer))

    async def aclose(self) -> None:
        await self._connector.close()


def aiohttp_request(request: httpx.Request) -> aiohttp.ClientRequest:
    origin, body = request.url, request.content
    path, _, query = target_of(request).partition("?")
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


async def exchange(outgoing: aiohttp.ClientRequest, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
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
        return await answer.start(connection)
    except BaseException:  # its being cancelled, too
        connection.close()
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
