"""AiohttpTransport: httpx's transport interface over aiohttp, which sends the bytes that were signed, and fast.

It follows no redirect, keeps no cookie, decodes nothing and asks no proxy of the environment.
Source: aiohttp's documentation, "Client Reference"; httpx's documentation, "Custom transports".
"""

import io
from collections.abc import AsyncIterator
from functools import cached_property

import aiohttp
import httpx
import yarl

LARGE_BODY_BYTES = 2**20  # above it aiohttp warns unless it is handed a file
MAX_HEADER_BYTES = 65_536  # aiohttp's own limit is 8 KiB, less than a Function URL may answer with

ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (  # the special ones first
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

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        """Made at the first request: it belongs to the event loop that runs then."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
            timeout=self._timeout,
            max_field_size=MAX_HEADER_BYTES,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = request.content
        try:
            answer = await self._session.request(
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
        await self._session.close()


class AnswerStream(httpx.AsyncByteStream):
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
