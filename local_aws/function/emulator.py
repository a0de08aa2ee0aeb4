"""Invokes the function in its container: AWS's Runtime Interface Emulator, with the adapter and the app behind it.

The container is one execution environment: it handles one event at a time, and the others wait.
Source: https://github.com/aws/aws-lambda-runtime-interface-emulator
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx

from local_aws.errors import TIMED_OUT, FunctionError
from local_aws.function.payload import payload_bytes, payload_from
from local_aws.function.runtime import check_size
from local_aws.function.streaming import END_OF_PRELUDE, SET_ALIKE, NoPrelude, StreamedResponse, limited, parsed

INVOKE_PATH = b"/2015-03-31/functions/function/invocations"
# The emulator itself ends a function that is too slow, and needs some seconds for it.
GRACE_SECONDS = 10


class EmulatorRuntime:
    """`timeout_seconds` is the function's, as it is set in its container."""

    def __init__(
        self,
        base_url: str,
        *,
        timeout_seconds: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = httpx.URL(base_url).copy_with(raw_path=INVOKE_PATH)
        self._one_at_a_time = asyncio.Lock()  # two invokes at once crash the emulator, as of 2026-11
        self._timeout = httpx.Timeout(timeout_seconds + GRACE_SECONDS)
        self._transport = transport or httpx.AsyncHTTPTransport()

    async def invoke(self, event: Any, request_id: str) -> Any:
        async with self._called(event) as response:
            body = await response.aread()
        check_size(len(body))
        return payload_of(response.status_code, body)

    @asynccontextmanager
    async def stream(self, event: Any, request_id: str) -> AsyncIterator[StreamedResponse]:
        """AWS's emulator sends prelude and body in one piece at the end, as of 2026-11."""
        async with self._called(event) as response:
            if response.status_code != 200:
                payload_of(response.status_code, await response.aread())
            try:
                streamed = await parsed(response.aiter_raw())
            except NoPrelude as error:
                raise failure_in(error.text) or error from None
            yield StreamedResponse(streamed.prelude, limited(streamed.body))

    @asynccontextmanager
    async def _called(self, event: Any) -> AsyncIterator[httpx.Response]:
        request = httpx.Request(
            "POST",
            self._url,
            headers={"content-type": "application/json"},
            content=payload_bytes(event),
            extensions={"timeout": self._timeout.as_dict()},
        )
        async with self._one_at_a_time:
            try:
                async with aclosing(await self._transport.handle_async_request(request)) as response:
                    yield response
            except httpx.TransportError as error:
                address = self._url.netloc.decode()
                raise FunctionError(
                    f"the emulator at {address} failed ({type(error).__name__}): see its container's log"
                ) from error


def payload_of(status: int, body: bytes) -> Any:
    """What the function returned. Raises FunctionError if it failed."""
    text = body.decode("utf-8", "replace")
    if failure := failure_in(body):
        raise failure
    if status != 200:
        raise FunctionError(f"the execution environment failed: {text or 'it did not start'}")
    try:
        return payload_from(text)
    except ValueError:
        if END_OF_PRELUDE in body:
            text = f"the response is a stream, and the URL's invoke mode is BUFFERED: {SET_ALIKE}"
        raise FunctionError(text or "the emulator sent an empty response") from None


def failure_in(body: bytes) -> FunctionError | None:
    """The error that the emulator sent, with status 200 too; None for a payload.

    A function's error is an object with errorType and errorMessage, as a payload could be. A time-out is a sentence.
    """
    text = body.decode("utf-8", "replace")
    if text.startswith("Task timed out"):
        return FunctionError(text, TIMED_OUT)
    try:
        payload = payload_from(text)
    except ValueError:
        return None
    if isinstance(payload, dict) and {"errorType", "errorMessage"} <= payload.keys():
        kind, message = str(payload["errorType"]), str(payload["errorMessage"])
        return FunctionError(f"{kind}: {message}", kind, message)
    return None
