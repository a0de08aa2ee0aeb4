"""A streamed response (RESPONSE_STREAM): JSON prelude, eight NULs, body, as the Lambda Web Adapter sends it.

The prelude has status, headers and cookies. The body is raw: never base64, no charset decoded.
Source: AWS Lambda Developer Guide, "Response streaming"; seen with the adapter 1.0.0-rc1 to 1.1.0, as of 2026-11
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from local_aws.errors import FunctionError
from local_aws.function.payload import payload_bytes, payload_from

END_OF_PRELUDE = bytes(8)
CONTENT_TYPE = b"application/vnd.awslambda.http-integration-response"
SET_ALIKE = "set the URL's invoke mode and the function's AWS_LWA_INVOKE_MODE alike"
MAX_PRELUDE_BYTES = 1_048_576  # the stand-in's own limit
# AWS Lambda Developer Guide, "Lambda quotas", as of 2026-11: 200 MB.
# UNVERIFIED (stream-of-201-mb): that a larger stream breaks off there.
MAX_STREAM_BYTES = 209_715_200
# The adapter hides an app that breaks off midway: it appends this text to the body and ends the stream without an
# error. A bug of its crate lambda_runtime 1.1.1 to 1.5.0, as of 2026-11.
# UNVERIFIED (stream-that-breaks-off-in-the-adapter): what AWS makes of it.
BROKE_OFF = (
    b"Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\nLambda-Runtime-Function-Error-Body: "
    + b64encode(b"error reading a body from connection")
    + b"\r\n"
)


@dataclass(frozen=True)
class StreamedResponse:
    """`body` gives the pieces as the function sends them. It raises FunctionError where the stream breaks off."""

    prelude: Any
    body: AsyncIterator[bytes]


class NoPrelude(FunctionError):
    """The function sent `text` instead of a stream: an error, or a buffered response."""

    def __init__(self, text: bytes) -> None:
        shown = text[:200].decode("utf-8", "replace")
        super().__init__(
            f"the response isn't a stream: it must have a JSON prelude and eight NULs, and it is {shown!r}: {SET_ALIKE}"
        )
        self.text = text


def prelude_of(response: httpx.Response) -> dict[str, Any]:
    """Status, headers and cookies as the adapter writes them: a repeated header is an array."""
    values: dict[bytes, list[bytes]] = {}
    for name, value in response.headers.raw:
        values.setdefault(name.lower(), []).append(value)
    values.pop(b"transfer-encoding", None)
    cookies = [value.decode("utf-8", "replace") for value in values.pop(b"set-cookie", [])]
    headers = {name.decode("ascii"): prelude_value(given) for name, given in values.items()}
    return {
        "statusCode": response.status_code,
        "headers": {"content-type": "application/octet-stream"} | headers,
        "cookies": cookies,
    }


def prelude_value(values: list[bytes]) -> str | list[str]:
    """One value as text, several as an array. The adapter drops values that aren't ASCII: one alone leaves `[]`."""
    texts = [value.decode() for value in values if all(byte == 9 or 32 <= byte < 127 for byte in value)]
    return texts[0] if len(values) == len(texts) == 1 else texts


def prelude_bytes(prelude: Any) -> bytes:
    return payload_bytes(prelude) + END_OF_PRELUDE


async def parsed(pieces: AsyncIterator[bytes]) -> StreamedResponse:
    """Reads the prelude, in whatever pieces it comes, and leaves the body. Raises FunctionError."""
    head = bytearray()
    async for piece in pieces:
        head += piece
        end = head.find(END_OF_PRELUDE)
        if end >= 0:
            return StreamedResponse(prelude_from(bytes(head[:end])), with_first(bytes(head[end + 8 :]), pieces))
        if len(head) > MAX_PRELUDE_BYTES:
            raise FunctionError(f"the streamed response has no prelude within {MAX_PRELUDE_BYTES} bytes")
    raise NoPrelude(bytes(head))


def prelude_from(text: bytes) -> Any:
    try:
        return payload_from(text.decode())
    except ValueError as error:
        raise FunctionError("the prelude of the streamed response isn't JSON") from error


async def with_first(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for piece in pieces:
        yield piece


async def as_the_adapter_sends(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The web app's pieces. Where they break off, the adapter's text, and no error."""
    try:
        async for piece in pieces:
            yield piece
    except httpx.TransportError:
        yield BROKE_OFF


def single_values(prelude: Any) -> dict[str, Any]:
    """The prelude with one value a header, as a Function URL sends it. Raises FunctionError without a statusCode.

    UNVERIFIED (stream-without-a-status): what AWS answers then.
    """
    if not isinstance(prelude, dict) or "statusCode" not in prelude:
        raise FunctionError("the prelude of the streamed response has no statusCode")
    headers = prelude.get("headers") or {}
    if not isinstance(headers, dict):
        return prelude  # refused where the headers are mapped
    # UNVERIFIED (stream-of-two-values, stream-of-no-value): which of several values a Function URL sends, and that it
    # leaves out a header whose array is empty.
    firsts = {name: value[:1] if isinstance(value, list) else [value] for name, value in headers.items()}
    return prelude | {"headers": {name: value[0] for name, value in firsts.items() if value}}


async def limited(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Raises FunctionError for more than Lambda's limit for a stream."""
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > MAX_STREAM_BYTES:
            raise FunctionError(f"the streamed response is larger than {MAX_STREAM_BYTES} bytes, the most of Lambda's")
        yield piece
