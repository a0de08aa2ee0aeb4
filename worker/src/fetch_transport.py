"""FetchTransport: sends httpx's requests with the Worker's own fetch, since a Worker opens no sockets.

It keeps no connections (the platform does), follows no redirect and decodes no body.
Source: Cloudflare Workers docs, "Fetch" and "Request" (redirect, encodeResponseBody).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
from pyodide.ffi import JsException
from workers import fetch

from edge_caller.errors import RequestError
from edge_caller.signer.target import request_target

# fetch makes these itself, from the URL and from the body.
MADE_BY_FETCH = frozenset((b"host", b"content-length"))


class FetchTransport(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read. Raises RequestError, and httpx's ReadTimeout and ReadError."""
        headers = [(n.decode(), v.decode()) for n, v in request.headers.raw if n.lower() not in MADE_BY_FETCH]
        body = await request.aread()
        if body and request.method in ("GET", "HEAD"):
            raise RequestError(f"a Worker can't send {request.method} with a body: leave it out, or use another method")
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                answer = await fetch(
                    f"{request.url.scheme}://{request.url.netloc.decode()}{request_target(request)}",
                    method=request.method,
                    headers=headers,
                    body=body or None,  # with GET, fetch takes not even an empty one
                    redirect="manual",
                    encodeResponseBody="manual",
                )
        except TimeoutError as error:
            raise httpx.ReadTimeout("fetch was not answered in time") from error
        except OSError as error:
            raise httpx.ReadError("fetch failed") from error  # it doesn't tell whether anything was sent
        raw_headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        return httpx.Response(answer.status, headers=raw_headers, stream=FetchStream(answer.body))


class FetchStream(httpx.AsyncByteStream):
    """The body, a JavaScript ReadableStream; None where there is none (HEAD, 204, 304)."""

    def __init__(self, body: Any) -> None:
        self._reader = body.getReader() if body else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while self._reader and not (part := await self._reader.read()).done:
                yield part.value.to_bytes()
        except JsException as error:
            raise httpx.ReadError("the body broke off") from error

    async def aclose(self) -> None:
        """Tells the function's side that the rest isn't wanted; after the end this does nothing."""
        if self._reader:
            with contextlib.suppress(JsException):  # a body that broke off can't be cancelled
                await self._reader.cancel()
