"""AiohttpTransport: httpx's transport interface over aiohttp. It sends the bytes that were signed, and fast.

It follows no redirect, keeps no cookie, decodes nothing and asks no proxy. It bypasses aiohttp's ClientSession, which
is slower because it does all that, and retries on its own. What it saves beside httpx's own transport is some 350 µs
a request (aiohttp 3.14, whose ClientSession._request has these steps).
"""

import asyncio
import io
from functools import cached_property

import aiohttp
import httpx
import yarl

from edge_caller.signer.target import request_target

LARGE_BODY_BYTES = 2**20  # above it aiohttp warns unless it is handed a file
BUFFER_BYTES = 65_536  # of an answer; the kernel, and then the function, keep the rest
MAX_HEADER_LINES = 1_000  # aiohttp's own limits are 128 lines and 8 KiB a line
MAX_HEADER_LINE_BYTES = 262_144
HEADERS_NOT_ADDED = ("accept", "accept-encoding", "content-type", "user-agent")

CONNECTION_ERRORS = (aiohttp.ClientError, OSError)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Doesn't limit the number of connections: the caller does. It reads the time-out "connect", no other."""

    @cached_property
    def _connector(self) -> aiohttp.TCPConnector:
        """Made on the first request: it belongs to the event loop that runs then."""
        return aiohttp.TCPConnector(limit=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ConnectError and ConnectTimeout when nothing was sent, ReadError when something may have been.

        A malformed or too large answer raises RemoteProtocolError: the function has run.
        """
        outgoing = aiohttp_request(request)
        try:
            connection = await self._connect(outgoing, request.extensions.get("timeout", {}).get("connect"))
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time") from error
        except CONNECTION_ERRORS as error:
            raise httpx.ConnectError(type(error).__name__) from error
        try:
            answer = await answer_to(outgoing, connection)
        except aiohttp.ClientResponseError as error:
            raise httpx.RemoteProtocolError("it is malformed, or its head is too large") from error
        except CONNECTION_ERRORS as error:
            raise httpx.ReadError(type(error).__name__) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=AnswerStream(answer))

    async def _connect(
        self, outgoing: aiohttp.ClientRequest, timeout_seconds: float | None
    ) -> aiohttp.connector.Connection:
        """A connection on which nothing has arrived: unasked data would be taken for the next answer."""
        timeout = aiohttp.ClientTimeout(connect=timeout_seconds)
        while True:
            connection = await self._connector.connect(outgoing, traces=[], timeout=timeout)
            if connection.protocol is not None and not connection.protocol.should_close:
                return connection
            connection.close()

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
        skip_auto_headers=HEADERS_NOT_ADDED,
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
            max_field_size=MAX_HEADER_LINE_BYTES,
            max_headers=MAX_HEADER_LINES,
        )
        answer = await outgoing.send(connection)
    except BaseException:
        connection.close()
        raise
    try:
        return await answer.start(connection)
    except BaseException:  # cancellation, too
        answer.close()  # the connection, and what still writes the request's body to it
        raise


class AnswerStream(httpx.AsyncByteStream):
    """The body, undecoded, as it comes."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    def __aiter__(self) -> "AnswerStream":
        return self

    async def __anext__(self) -> bytes:
        try:
            part = await self._answer.content.readany()
        except CONNECTION_ERRORS as error:
            raise httpx.ReadError(type(error).__name__) from error
        if not part:
            raise StopAsyncIteration
        return part

    async def aclose(self) -> None:
        self._answer.close()  # a connection whose answer was read to its end has gone back to the pool already
