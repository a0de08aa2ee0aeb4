"""Upstream: signs a request and sends it to the function or the Invoke API, within the limits."""

import asyncio
from contextlib import aclosing

import httpx

from edge_caller.body import BodyMemory
from edge_caller.config import Settings
from edge_caller.deadline import Deadline, Limit
from edge_caller.errors import TooBusy, UpstreamError, UpstreamTimeout
from edge_caller.request_log import RequestLog
from edge_caller.retry import RetryTransport
from edge_caller.signer.auth import SigV4Auth

TOO_BUSY: Limit = (
    TooBusy,
    "as many requests as EDGE_MAX_CONNECTIONS allows are in flight: try again in a second",
)
NO_ANSWER: Limit = (
    UpstreamTimeout,
    "no answer began within EDGE_FIRST_BYTE_TIMEOUT_SECONDS: try again, or allow more",
)


class Upstream:
    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport) -> None:
        self.settings = settings
        self.limits = limits = settings.limits
        self.memory = BodyMemory(limits)
        self._auth = SigV4Auth(settings.credentials, region=settings.region)
        self._transport = RetryTransport(transport, limits.max_retries)
        self._slots = asyncio.Semaphore(limits.max_connections)
        seconds = max(limits.first_byte_timeout_seconds, limits.between_bytes_timeout_seconds)
        # httpx's time-out keys. AiohttpTransport reads "connect" alone; other transports read all of them.
        self._timeouts = {"connect": limits.connect_timeout_seconds, "read": seconds, "write": seconds, "pool": seconds}

    def slot(self, deadline: Deadline) -> asyncio.Semaphore:
        """The slot to hold while a request is in flight. Waiting for one is limited to EDGE_POOL_WAIT_SECONDS."""
        if self._slots.locked():
            deadline.stage(self.limits.pool_wait_seconds, TOO_BUSY)
        return self._slots

    async def send(self, request: httpx.Request, deadline: Deadline, log: RequestLog) -> httpx.Response:
        """Signs and sends the request. The caller reads the body and closes the response.

        Raises UpstreamError and SigningError.
        """
        deadline.stage(self.limits.first_byte_timeout_seconds, NO_ANSWER)
        try:
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
