"""Upstream: signs a request and sends it to the function or the Invoke API, within the limits."""

import asyncio
from contextlib import aclosing
from typing import Literal

import httpx

from edge_caller.body import BodyMemory
from edge_caller.cancellation import time_limit
from edge_caller.config import Settings
from edge_caller.errors import TooBusy, UpstreamError, UpstreamTimeout
from edge_caller.limits import Limits
from edge_caller.request_log import RequestLog
from edge_caller.retry import RetryTransport
from edge_caller.signer.auth import SigV4Auth

TOO_BUSY = "as many requests as EDGE_MAX_CONNECTIONS allows are in flight: try again in a second"
NO_ANSWER = "no answer began within EDGE_FIRST_BYTE_TIMEOUT_SECONDS: try again, or allow more"


class Slots(asyncio.Semaphore):
    """EDGE_MAX_CONNECTIONS slots, one for each request in flight: `async with slots:`. Raises TooBusy."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits.max_connections)
        self._wait_seconds = limits.pool_wait_seconds

    async def acquire(self) -> Literal[True]:
        if not self.locked():
            return await super().acquire()
        with time_limit(self._wait_seconds, TooBusy, TOO_BUSY):
            return await super().acquire()


class Upstream:
    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport) -> None:
        self.settings = settings
        self.limits = limits = settings.limits
        self.memory = BodyMemory(limits)
        self._auth = SigV4Auth(settings.credentials, region=settings.region)
        self._transport = RetryTransport(transport, limits.max_retries)
        self.slots = Slots(limits)
        seconds = max(limits.first_byte_timeout_seconds, limits.between_bytes_timeout_seconds)
        # httpx's time-out keys. AiohttpTransport reads "connect" alone; other transports read all of them.
        self._timeouts = {"connect": limits.connect_timeout_seconds, "read": seconds, "write": seconds, "pool": seconds}

    async def send(self, request: httpx.Request, log: RequestLog) -> httpx.Response:
        """Signs and sends the request. The caller reads the body and closes the response.

        Raises UpstreamError and SigningError.
        """
        try:
            with time_limit(self.limits.first_byte_timeout_seconds, UpstreamTimeout, NO_ANSWER):
                response = await self._send(request)
        except httpx.TimeoutException as error:
            raise UpstreamTimeout(f"the function didn't answer in time ({kind(error)}): try again later") from error
        except httpx.RemoteProtocolError as error:
            raise UpstreamError(f"the function's answer can't be forwarded: {error}") from error
        except httpx.TransportError as error:
            raise UpstreamError(
                f"the function can't be reached ({kind(error)}): check that FUNCTION_URL is right and that it runs"
            ) from error
        finally:
            log.retries = request.extensions.get("retries", 0)
        log.upstream_status = response.status_code
        return response

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Follows the auth flow, as an httpx client does: it says what to send, and whether to send it again."""
        request.extensions["timeout"] = self._timeouts
        async with aclosing(self._auth.async_auth_flow(request)) as flow:
            outgoing = await anext(flow)
            while True:
                response = await self._transport.handle_async_request(outgoing)
                try:
                    outgoing = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                except BaseException:
                    await response.aclose()
                    raise
                await response.aclose()


def kind(error: Exception) -> str:
    return type(error).__name__
