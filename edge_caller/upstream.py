"""Upstream: signs a request and sends it to the function or the Invoke API, within the limits.

It doesn't know where the request came from, or where its answer goes: `proxy.py` and `app.py` do.
Source: httpx's documentation, "Custom transports" and "Authentication" (the flow that is driven here).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx

from edge_caller.config import Settings
from edge_caller.deadline import Deadline
from edge_caller.errors import TooBusy, UpstreamError, UpstreamTimeout
from edge_caller.exchange import Exchange
from edge_caller.retry import RetryTransport
from edge_caller.signer.auth import SigV4Auth

TOO_BUSY = (TooBusy, "as many requests as EDGE_MAX_CONNECTIONS allows are under way: try again in a second")
NO_ANSWER = (UpstreamTimeout, "no answer began within EDGE_FIRST_BYTE_TIMEOUT_SECONDS: try again, or allow more")
STOPPED = (UpstreamTimeout, "the answer stopped for EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS")


class Upstream:
    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport) -> None:
        self.limits = settings.limits
        self.url = settings.function_url
        self._auth = SigV4Auth(settings.credentials, region=settings.region)
        self._transport = RetryTransport(transport, self.limits.max_retries)
        self._places = asyncio.Semaphore(self.limits.max_connections)
        seconds = max(self.limits.first_byte_timeout_seconds, self.limits.between_bytes_timeout_seconds)
        # The keys that httpx's transports know. All but connect are for those that wait on their own.
        timeouts = {"read": seconds, "write": seconds, "pool": seconds}
        self.timeouts = timeouts | {"connect": self.limits.connect_timeout_seconds}

    def place(self, deadline: Deadline) -> asyncio.Semaphore:
        """To be held from before a request is sent until its answer is closed: `async with upstream.place(...)`."""
        if self._places.locked():
            deadline.allow(self.limits.pool_wait_seconds, TOO_BUSY)
        return self._places

    async def send(self, request: httpx.Request, exchange: Exchange, deadline: Deadline) -> httpx.Response:
        """The answer to the request, signed; its body is still to be read, and it to be closed.

        Raises UpstreamError and SigningError.
        """
        deadline.allow(self.limits.first_byte_timeout_seconds, NO_ANSWER)
        try:
            response = await self._send(request)
        except httpx.TimeoutException as error:
            raise UpstreamTimeout(f"{host(request)} did not answer in time ({kind(error)}): try later") from error
        except httpx.TransportError as error:
            raise UpstreamError(
                f"{host(request)} can't be reached ({kind(error)}): check that FUNCTION_URL is right and that it runs"
            ) from error
        finally:
            exchange.retries = request.extensions.get("retries", 0)
        exchange.upstream_status = response.status_code
        return response

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Drives the auth flow as httpx's client does: it may ask for a second request after the first answer."""
        request.extensions["timeout"] = self.timeouts
        async with aclosing(self._auth.async_auth_flow(request)) as flow:
            outgoing = await anext(flow)
            while True:
                response = await self._transport.handle_async_request(outgoing)
                try:
                    outgoing = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                await response.aclose()

    async def pieces(self, response: httpx.Response, deadline: Deadline) -> AsyncIterator[bytes]:
        """The body's pieces as they come, undecoded. Raises UpstreamError when it breaks off or stops."""
        seconds, whole_seconds = self.limits.between_bytes_timeout_seconds, self.limits.whole_timeout_seconds
        deadline.allow(seconds, STOPPED)
        try:
            async for piece in response.stream:  # type: ignore[union-attr]  # an async transport's stream is async
                deadline.allow(whole_seconds, STOPPED)  # the client may take its time
                yield piece
                deadline.allow(seconds, STOPPED)
        except httpx.TransportError as error:
            raise UpstreamError(f"the function's answer broke off ({kind(error)})") from error


def host(request: httpx.Request) -> str:
    return request.url.netloc.decode()


def kind(error: Exception) -> str:
    return type(error).__name__
