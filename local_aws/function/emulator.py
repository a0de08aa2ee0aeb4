"""Invokes the function in its container: AWS's Runtime Interface Emulator, with the adapter and the app behind it.

The container is one execution environment: it handles one event at a time, and the others wait.
Source: https://github.com/aws/aws-lambda-runtime-interface-emulator
"""

import asyncio
from typing import Any

import httpx

from local_aws.errors import TIMED_OUT, FunctionError
from local_aws.function.payload import payload_bytes, payload_from

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
        async with self._one_at_a_time:
            return await self._invoke(event)

    async def _invoke(self, event: Any) -> Any:
        request = httpx.Request(
            "POST",
            self._url,
            headers={"content-type": "application/json"},
            content=payload_bytes(event),
            extensions={"timeout": self._timeout.as_dict()},
        )
        try:
            response = await self._transport.handle_async_request(request)
            try:
                body = await response.aread()
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise FunctionError(
                f"the emulator at {self._url.netloc.decode()} failed ({type(error).__name__}): see its container's log"
            ) from error
        return payload_of(response.status_code, body)


def payload_of(status: int, body: bytes) -> Any:
    """What the function returned. Raises FunctionError if it failed.

    Status 200 doesn't mean success: the emulator also sends it with a function's error (an object with errorType and
    errorMessage, as a payload could be) and with a time-out (a sentence instead of JSON).
    """
    text = body.decode("utf-8", "replace")
    if status != 200:
        raise FunctionError(f"the execution environment failed: {text or 'it did not start'}")
    try:
        payload = payload_from(text)
    except ValueError:
        kind = TIMED_OUT if text.startswith("Task timed out") else "FunctionError"
        raise FunctionError(text or "the emulator sent an empty response", kind) from None
    if isinstance(payload, dict) and {"errorType", "errorMessage"} <= payload.keys():
        kind, message = str(payload["errorType"]), str(payload["errorMessage"])
        raise FunctionError(f"{kind}: {message}", kind, message)
    return payload
