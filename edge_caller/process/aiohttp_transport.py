"""AiohttpTransport: httpx's transport interface over aiohttp. It sends the bytes that were signed, and fast.

aiohttp keeps the connections and parses the answers. Its ClientSession and ClientRequest are bypassed: they follow
redirects, keep cookies, add headers, normalize the URL and retry on their own. What that saves beside httpx's own
transport is some 380 µs a request (aiohttp 3.14, whose ClientSession._request has these steps).
"""

import asyncio
import re
from functools import cached_property, partial
from typing import cast

import aiohttp
import httpx
import yarl
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, RawResponseMessage

from edge_caller.signer.target import request_target

BUFFER_BYTES = 65_536  # of an answer; the kernel, and then the function, keep the rest
PART_BYTES = 65_536  # of a request's body: what is written at once
MAX_HEADER_LINES = 1_000  # aiohttp's own limits are 128 lines and 8 KiB a line
MAX_HEADER_LINE_BYTES = 262_144

CONNECTION_ERRORS = (aiohttp.ClientError, OSError)
LINE_BREAK = re.compile(rb"[\r\n\0]")


class Protocol(ResponseHandler):
    """One connection: aiohttp's reading half, and a writing half that never waits, so that an early answer is read."""

    _unsent = memoryview(b"")

    def send(self, head: bytes, body: bytes) -> None:
        """Writes the request, a large body no faster than the connection takes it."""
        self._unsent = memoryview(body)[PART_BYTES:]
        self._write(head + body[:PART_BYTES])
        self._send_on()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._send_on()

    def _send_on(self) -> None:
        while self._unsent and not self.writing_paused:
            part, self._unsent = self._unsent[:PART_BYTES], self._unsent[PART_BYTES:]
            self._write(part)

    def _write(self, part: bytes | memoryview) -> None:
        if self.transport:  # None once the connection is lost: whoever reads is told
            self.transport.write(part)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._unsent = memoryview(b"")
        super().connection_lost(exc)

    @property
    def is_sending(self) -> bool:
        return bool(self._unsent or (self.transport and self.transport.get_write_buffer_size()))

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """aiohttp lets the reader of a body wait for ever when a later chunk is malformed: this tells it."""
        super().set_exception(exc, *cause)
        if self._payload is not None and not self._payload.is_eof():
            self._payload.set_exception(aiohttp.ClientPayloadError(str(exc)))


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Doesn't limit the number of connections: the caller does. It reads the time-out "connect", no other."""

    def __init__(self) -> None:
        self._origins: dict[tuple[str, bytes], aiohttp.ClientRequest] = {}

    @cached_property
    def _connector(self) -> aiohttp.TCPConnector:
        """Made on the first request: it belongs to the event loop that runs then."""
        connector = aiohttp.TCPConnector(limit=0)
        connector._factory = partial(Protocol, asyncio.get_running_loop())  # type: ignore[assignment]  # a subclass
        return connector

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ConnectError and ConnectTimeout when nothing was sent, ReadError when something may have been.

        A malformed or too large answer raises RemoteProtocolError: the function has run.
        """
        head = request_head(request)
        try:
            connection = await self._connect(request)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time") from error
        except CONNECTION_ERRORS as error:
            raise httpx.ConnectError(type(error).__name__) from error
        try:
            answer, body = await exchanged(connection, request.method, head, request.content)
        except HttpProcessingError as error:
            raise httpx.RemoteProtocolError("it is malformed, or its head is too large") from error
        except CONNECTION_ERRORS as error:
            raise httpx.ReadError(type(error).__name__) from error
        return httpx.Response(answer.code, headers=answer.raw_headers, stream=AnswerStream(connection, body))

    async def _connect(self, request: httpx.Request) -> aiohttp.connector.Connection:
        """A connection on which nothing has arrived: unasked data would be taken for the next answer."""
        timeout = aiohttp.ClientTimeout(connect=request.extensions.get("timeout", {}).get("connect"))
        origin = self._origin(request.url)
        while True:
            connection = await self._connector.connect(origin, traces=[], timeout=timeout)
            if connection.protocol is not None and not connection.protocol.should_close:
                return connection
            connection.close()

    def _origin(self, url: httpx.URL) -> aiohttp.ClientRequest:
        """Where aiohttp connects to. It asks for a request of its own kind, which is never sent."""
        key = (url.scheme, url.netloc)
        if key not in self._origins:
            origin = yarl.URL.build(scheme=url.scheme, authority=url.netloc.decode())
            self._origins[key] = aiohttp.ClientRequest("GET", origin, loop=asyncio.get_running_loop())
        return self._origins[key]

    async def aclose(self) -> None:
        await self._connector.close()


def request_head(request: httpx.Request) -> bytes:
    """The request line and the headers, as they were signed. Raises LocalProtocolError for a line break in one."""
    lines = [f"{request.method} {request_target(request)} HTTP/1.1".encode("latin-1")]
    lines += [name + b": " + value for name, value in request.headers.raw]
    if LINE_BREAK.search(b"".join(lines)):
        raise httpx.LocalProtocolError("the target or a header has a line break or NUL in it")
    return b"\r\n".join([*lines, b"", b""])


async def exchanged(
    connection: aiohttp.connector.Connection, method: str, head: bytes, body: bytes
) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
    """Sends a request. Returns the head of its answer, and the answer's body, which is still to be read."""
    protocol = cast("Protocol", connection.protocol)
    try:
        protocol.set_response_params(
            skip_payload=method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            read_bufsize=BUFFER_BYTES,
            max_field_size=MAX_HEADER_LINE_BYTES,
            max_headers=MAX_HEADER_LINES,
        )
        protocol.send(head, body)
        answer, answer_body = await protocol.read()
        while 100 <= answer.code < 200 and answer.code != 101:  # it announces the answer
            answer, answer_body = await protocol.read()
    except BaseException:  # cancellation, too
        end(connection)
        raise
    return answer, answer_body


def end(connection: aiohttp.connector.Connection) -> None:
    """Ends a connection at once, with what still waits to be sent on it."""
    if connection.protocol is not None:
        connection.protocol.abort()
    connection.close()


class AnswerStream(httpx.AsyncByteStream):
    """The body, undecoded, as it comes."""

    def __init__(self, connection: aiohttp.connector.Connection, body: aiohttp.StreamReader) -> None:
        self._connection = connection
        self._body = body
        body.on_eof(self._complete)

    def _complete(self) -> None:
        """Gives the connection back to the pool, unless a part of the request still waits to be sent on it."""
        if cast("Protocol", self._connection.protocol).is_sending:
            end(self._connection)
        self._connection.release()

    def __aiter__(self) -> "AnswerStream":
        return self

    async def __anext__(self) -> bytes:
        try:
            part = await self._body.readany()
        except CONNECTION_ERRORS as error:
            raise httpx.ReadError(type(error).__name__) from error
        if not part:
            raise StopAsyncIteration
        return part

    async def aclose(self) -> None:
        end(self._connection)  # no longer this answer's, if its body was read to the end
