"""Invokes the function within Lambda's limits: concurrency, time-out, response size.

There is no execution environment here: the web app runs all the time, and it gets up to `limit` events at once.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from typing import Any, Protocol

import httpx

from local_aws.errors import RESPONSE_TOO_LARGE, TIMED_OUT, FunctionError
from local_aws.function.adapter import (
    ADAPTER_ENDS,
    http_request,
    is_http,
    lambda_context,
    lambda_response,
    pass_through_payload,
    pass_through_request,
)
from local_aws.function.payload import payload_bytes
from local_aws.function.streaming import StreamedResponse, as_the_adapter_sends, limited, prelude_of
from local_aws.refusals import fact, throttled
from policies.function import Function

# UNVERIFIED (response-of-7-mb): what a Function URL answers to more.
# 6 MB and a little for the envelope: AWS Lambda Developer Guide, "Lambda quotas", as of 2026-11.
MAX_RESPONSE_BYTES = 6_291_556
# A connection for each event. It stays idle for four seconds, as in the adapter: uvicorn closes it after five.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=4)


class Runtime(Protocol):
    async def invoke(self, event: Any, request_id: str) -> Any:
        """What the function returned, any JSON. Raises FunctionError, or the Refusal of a throttled call."""


class StreamingRuntime(Runtime, Protocol):
    def stream(self, event: Any, request_id: str) -> AbstractAsyncContextManager[StreamedResponse]:
        """The response while the function makes it. The concurrency is held, and the time-out counts, for the block.

        Raises as `invoke` does, and FunctionError out of the block at the time-out.
        """


class ReservedConcurrency:
    """Refuses what goes beyond the reserved concurrency, round either runtime."""

    def __init__(self, runtime: StreamingRuntime, limit: int) -> None:
        self.runtime = runtime
        self._free = limit

    async def invoke(self, event: Any, request_id: str) -> Any:
        with self._one():
            return await self.runtime.invoke(event, request_id)

    @asynccontextmanager
    async def stream(self, event: Any, request_id: str) -> AsyncIterator[StreamedResponse]:
        with self._one():
            async with self.runtime.stream(event, request_id) as streamed:
                yield streamed

    @contextmanager
    def _one(self) -> Iterator[None]:
        if self._free == 0:
            raise throttled(fact("reserved_concurrency_used_up"))
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class WebAppRuntime:
    """Calls the web app at `base_url`, as the adapter does."""

    def __init__(
        self,
        base_url: str,
        function: Function,
        *,
        timeout_seconds: float,
        authorization_source: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._authorization_source = authorization_source
        self._base_url = httpx.URL(base_url)
        self._function = function
        self._timeout_seconds = timeout_seconds
        self._transport = transport or httpx.AsyncHTTPTransport(limits=LIMITS)

    async def invoke(self, event: Any, request_id: str) -> Any:
        async with self._called(event, request_id) as response:
            try:
                body = await read_body(response)
            except httpx.TransportError as error:
                raise FunctionError(f"the app's response broke off ({type(error).__name__}): {ADAPTER_ENDS}") from error
        answer = lambda_response(response, body) if is_http(event) else pass_through_payload(response, body)
        check_size(len(payload_bytes(answer)))
        return answer

    @asynccontextmanager
    async def stream(self, event: Any, request_id: str) -> AsyncIterator[StreamedResponse]:
        async with self._called(event, request_id) as response:
            yield StreamedResponse(prelude_of(response), limited(as_the_adapter_sends(response.aiter_raw())))

    @asynccontextmanager
    async def _called(self, event: Any, request_id: str) -> AsyncIterator[httpx.Response]:
        """The web app's response, open for the block. The time-out covers the block."""
        deadline_ms = int((time.time() + self._timeout_seconds) * 1000)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                request = self._request(event, lambda_context(self._function, request_id, deadline_ms))
                async with aclosing(await self._transport.handle_async_request(request)) as response:
                    yield response
        except TimeoutError as error:
            seconds = self._timeout_seconds
            reason = f"the function timed out after {seconds:g} seconds"
            raise FunctionError(reason, TIMED_OUT, f"Task timed out after {seconds:.2f} seconds") from error
        except httpx.ConnectError as error:
            raise FunctionError(f"the app isn't running: nothing listens at {self._base_url}; see its log") from error
        except httpx.TransportError as error:
            raise FunctionError(f"no answer from the web app at {self._base_url}: {type(error).__name__}") from error

    def _request(self, event: Any, lambda_context: dict[str, Any]) -> httpx.Request:
        if is_http(event):
            return http_request(event, self._base_url, lambda_context, self._authorization_source)
        return pass_through_request(event, self._base_url, lambda_context)


async def read_body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        check_size(len(body))
    return bytes(body)


def check_size(size: int) -> None:
    if size > MAX_RESPONSE_BYTES:
        raise FunctionError(
            f"the response is larger than {MAX_RESPONSE_BYTES} bytes, the most that Lambda allows",
            RESPONSE_TOO_LARGE,
            f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).",
        )
