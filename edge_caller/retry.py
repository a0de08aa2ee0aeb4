"""RetryTransport: sends a request again where that is safe, and where it can help.

A refused connection, whatever the method: nothing was sent. A broken connection, or an answer of 429, 502, 503 or
504, only for idempotent methods: a POST that may have reached the function is never sent again. A malformed answer is
an answer: the function has run, and would answer so again.
Source: [RFC 9110, section 9.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2), "Idempotent Methods".
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

IDEMPOTENT_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"))
TRANSIENT_STATUSES = frozenset((429, 502, 503, 504))
FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0  # with a longer Retry-After the answer goes to the client


class RetryTransport(httpx.AsyncBaseTransport):
    """Wraps a transport. The number of retries is left in `request.extensions["retries"]`."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        max_retries: int,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transport = transport
        self._max_retries = max_retries
        self._sleep = sleep
        self._jitter = jitter
        self._now = now

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for retry in range(self._max_retries):
            try:
                response = await self._transport.handle_async_request(request)
            except httpx.NetworkError as error:
                if not isinstance(error, httpx.ConnectError) and request.method not in IDEMPOTENT_METHODS:
                    raise
                delay = self._backoff(retry)
            else:
                if response.status_code not in TRANSIENT_STATUSES or request.method not in IDEMPOTENT_METHODS:
                    return response
                delay = max(self._backoff(retry), self._retry_after(response))
                if delay > LONGEST_DELAY_SECONDS:
                    return response
                await response.aclose()
            request.extensions["retries"] = retry + 1
            await self._sleep(delay)
        return await self._transport.handle_async_request(request)

    def _backoff(self, retry: int) -> float:
        """Full jitter: anything from nothing to a bound that doubles, so that callers don't come back all at once."""
        bound: float = FIRST_DELAY_SECONDS * 2**retry
        return bound * self._jitter()

    def _retry_after(self, response: httpx.Response) -> float:
        """The seconds that the answer's Retry-After asks for, 0 where it says nothing that can be read."""
        value: str = response.headers.get("retry-after", "")
        if value.isascii() and value.isdecimal():
            return float(value)
        try:
            seconds: float = (parsedate_to_datetime(value) - self._now()).total_seconds()
            return seconds
        except (ValueError, TypeError, OverflowError):
            return 0.0

    async def aclose(self) -> None:
        await self._transport.aclose()
