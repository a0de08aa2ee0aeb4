"""Lambda response to HTTP response: payload format 2.0, as the Function URL maps it.

Rejects anything that isn't a Lambda response: the caller of a Function URL then gets a 502.
Source: AWS Lambda Developer Guide, "Invoking Lambda function URLs", "Response payload format".
"""

import json
import re
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from local_aws.errors import FunctionError
from local_aws.function.event import HOP_BY_HOP
from local_aws.function.payload import payload_bytes
from local_aws.function.streaming import StreamedResponse, single_values

# AWS reserves these names: a function's own values are sent as x-amzn-remapped-<name>. Recorded with connection,
# content-length and server, as of 2026-11. UNVERIFIED (response-reported-headers, response-reserved-ids): the others.
REMAPPED = frozenset(
    ("connection", "content-length", "date", "server", "www-authenticate", "x-amzn-requestid", "x-amzn-trace-id")
)

is_header_name = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
is_header_value = re.compile(r"[\t -~]*").fullmatch  # UNVERIFIED (response-header-of-other-letters)


@dataclass(frozen=True)
class MappedResponse:
    """`headers` in the order to send, `set-cookie` repeated. A streamed response has `pieces` instead of a body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    pieces: AsyncIterator[bytes] | None = None


def response_from(answer: Any) -> MappedResponse:
    """The HTTP response for what the function returned. Raises FunctionError for anything else."""
    try:
        if isinstance(answer, dict) and "statusCode" in answer:
            return MappedResponse(status_from(answer), headers_from(answer), body_from(answer))
        body = answer.encode() if isinstance(answer, str) else payload_bytes(answer)
    except ValueError as error:
        raise FunctionError(f"the function didn't return a Lambda response: {error}") from error
    return MappedResponse(200, [(b"content-type", b"application/json")], body)


def response_from_stream(streamed: StreamedResponse) -> MappedResponse:
    """The HTTP response of a function that streams. Raises FunctionError for a malformed prelude."""
    prelude = single_values(streamed.prelude)
    try:
        return MappedResponse(status_from(prelude), headers_from(prelude), b"", streamed.body)
    except ValueError as error:
        raise FunctionError(f"the prelude of the streamed response is malformed: {error}") from error


def status_from(answer: dict[str, Any]) -> int:
    status = answer["statusCode"]
    if not re.fullmatch(r"[2-5][0-9]{2}", str(status)):  # UNVERIFIED (response-status-of-1xx)
        raise ValueError(f"statusCode is {status!r:.20}: it must be 200 to 599")
    return int(status)


def headers_from(answer: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """UNVERIFIED (response-headers-as-a-list, response-header-name-malformed, response-hop-by-hop)"""
    headers, cookies = answer.get("headers") or {}, answer.get("cookies") or []
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        raise ValueError("headers must be an object and cookies a list")
    mapped = {"content-type": b"application/json"}
    for given, value in headers.items():
        if not isinstance(given, str) or not is_header_name(given):
            raise ValueError(f"{given!r} isn't a valid header name")
        name = given.lower()
        if name in REMAPPED:
            name = f"x-amzn-remapped-{name}"
        if name not in HOP_BY_HOP:
            mapped[name] = header_value(name, value)
    set_cookies = [(b"set-cookie", header_value("set-cookie", cookie)) for cookie in cookies]
    return [(name.encode(), value) for name, value in mapped.items()] + set_cookies


def header_value(name: str, value: Any) -> bytes:
    """A string, number or boolean as bytes. A line break is rejected: it would begin another header.

    UNVERIFIED (response-header-numbers, response-header-with-a-line-break)
    """
    text = json.dumps(value) if isinstance(value, int | float) else value
    if not isinstance(text, str) or not is_header_value(text):
        raise ValueError(f"header {name}: the value must be one line of ASCII text")
    return text.strip().encode()


def body_from(answer: dict[str, Any]) -> bytes:
    """A string as it is, or decoded from base64; AWS serialises an object. UNVERIFIED (response-body-of-a-number)"""
    body = answer.get("body")
    if isinstance(body, dict):
        return payload_bytes(body)
    if not isinstance(body, str | None):
        raise ValueError("the body must be a string")
    return b64decode(body or "", validate=True) if answer.get("isBase64Encoded") else (body or "").encode()
