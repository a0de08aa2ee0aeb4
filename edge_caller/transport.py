"""AiohttpTransport: httpx's transport interface over aiohttp, which sends the bytes that were signed, and fast.

It follows no redirect, keeps no cookie, decodes nothing and asks no proxy of the environment.
Source: aiohttp's documentation, "Client Reference"; httpx's documentation, "Custom transports".
"""

import io
from collections.abc import AsyncIterator

import aiohttp
import httpx
import yarl

# Above it aiohttp warns unless it is handed a file.
LARGE_BODY_BYTES = 2**20
# aiohttp's own limit is 8 KiB, less than a Function URL may answer with.
MAX_HEADER_BYTES = 65_536
IDLE_SECONDS = 15

# aiohttp's errors and httpx's, the special ones first.
ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (TimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ClientOSError, httpx.ReadError),
    (aiohttp.ClientError, httpx.RemoteProtocolError),
)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """How many connections there are at once is the caller's to limit."""

    def __init__(self, connect_timeout_seconds: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    def _start(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
            timeout=self._timeout,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
        )
        return self._session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        session = self._session or self._start()
        body = request.content
        try:
            answer = await session.request(
                request.method,
                yarl.URL(str(request.url), encoded=True),
                headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
                data=(io.BytesIO(body) if len(body) > LARGE_BODY_BYTES else body) or None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise httpx_error(error) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=AnswerStream(answer))

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class AnswerStream(httpx.AsyncByteStream):
    """The body as it comes, in the pieces it comes in."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._answer.content.iter_any():
                yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise httpx_error(error) from error

    async def aclose(self) -> None:
        self._answer.close()  # a connection whose answer was read to its end has gone back to the pool already


def httpx_error(error: Exception) -> httpx.TransportError:
    """The error of httpx that says the same: above all, whether anything may have been sent."""
    return next(there for here, there in ERRORS if isinstance(error, here))(type(error).__name__)
