"""Event to HTTP request, and HTTP response to Lambda response, as the Lambda Web Adapter (1.x) does it.

It sends nothing: `runtime.py` does.
Source: https://github.com/aws/aws-lambda-web-adapter, and its crate lambda_http
"""

import re
from base64 import b64decode, b64encode
from typing import Any

import httpx

from local_aws.errors import FunctionError
from local_aws.function.payload import payload_bytes, payload_from
from policies.function import Function

PASS_THROUGH_PATH = b"/events"
# Since the adapter 1.0 (2026-03). The stand-in has no environment to end: it tells.
ADAPTER_ENDS = "on Lambda this ends the adapter and its environment, so the next call is a cold start"
COOKIE_SEPARATOR = "; "  # adapters with a lambda_http before 1.2 (their 1.0) join with ";" alone

# The adapter 1.x panics on them: its crate for URLs knows them only escaped.
has_raw_mark = re.compile(r'["<>]').search
# The adapter's own list, which is case-sensitive. These types are text, all others base64.
is_text = re.compile(r"text.*|application/(json|javascript|xml|yaml).*|.*\+(xml|yaml|json)").fullmatch


def is_http(event: Any) -> bool:
    """Whether the adapter treats it as an HTTP event: in payload format 2.0 the request context has a method."""
    try:
        return isinstance(event["requestContext"]["http"]["method"], str)
    except (KeyError, TypeError):
        return False


def http_request(
    event: dict[str, Any], base_url: httpx.URL, lambda_context: dict[str, Any], authorization_source: str | None = None
) -> httpx.Request:
    """The request for the web app. The header that `authorization_source` names becomes its Authorization.

    Raises FunctionError for a malformed HTTP event, and for one that ends the adapter.
    """
    if has_raw_mark(str(event.get("rawQueryString"))):
        raise FunctionError(f"the query has a \" < or > that isn't percent-encoded: {ADAPTER_ENDS}")
    try:
        target = without_dot_segments(event.get("rawPath") or "/")
        if event.get("rawQueryString"):
            target += "?" + event["rawQueryString"]
        headers = dict(event.get("headers") or {})
        if authorization_source and authorization_source.lower() in headers:
            headers["authorization"] = headers.pop(authorization_source.lower())
        if event.get("cookies"):
            headers["cookie"] = COOKIE_SEPARATOR.join(event["cookies"])
        body = event.get("body") or ""
        content = b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        headers["content-length"] = str(len(content))  # without a body too: 0
        return httpx.Request(
            event["requestContext"]["http"]["method"],
            base_url.copy_with(raw_path=target.encode()),
            headers=with_contexts(headers, event["requestContext"], lambda_context),
            content=content,
        )
    except (AttributeError, TypeError, ValueError, httpx.InvalidURL) as error:
        raise FunctionError(f"the event is not of payload format 2.0 ({type(error).__name__})") from error


def pass_through_request(event: Any, base_url: httpx.URL, lambda_context: dict[str, Any]) -> httpx.Request:
    """The request for an event that isn't HTTP, from the Invoke API."""
    return httpx.Request(
        "POST",
        base_url.copy_with(raw_path=PASS_THROUGH_PATH),
        headers=with_contexts({"content-type": "application/json"}, None, lambda_context),
        content=payload_bytes(event),
    )


def with_contexts(
    headers: dict[str, str], request_context: Any, lambda_context: dict[str, Any]
) -> list[tuple[bytes, bytes]]:
    """The headers, with the two that the adapter sets. It overwrites those that a client sent."""
    encoded = {name.encode(): value.encode() for name, value in headers.items()}
    # JSON may leave the byte 7F as it is, a header value may not: adapters since 1.0.1 take such a path.
    encoded[b"x-amzn-request-context"] = payload_bytes(request_context).replace(b"\x7f", rb"\u007f")
    encoded[b"x-amzn-lambda-context"] = payload_bytes(lambda_context)
    return list(encoded.items())


def lambda_context(function: Function, request_id: str, deadline_ms: int) -> dict[str, Any]:
    """The value of x-amzn-lambda-context."""
    return {
        "request_id": request_id,
        "deadline": deadline_ms,
        "invoked_function_arn": function.arn,
        "xray_trace_id": None,
        "client_context": None,
        "identity": None,
        "tenant_id": None,
        "env_config": {
            "function_name": function.name,
            "memory": 3008,
            "version": "$LATEST",
            "log_stream": "$LATEST",
            "log_group": f"/aws/lambda/{function.name}",
        },
    }


def without_dot_segments(path: str) -> str:
    r"""The path as the adapter's URL parser reads it: `%2e` is a dot too, `\` is a slash, and `//` stays."""
    segments: list[str] = []
    dots = ""
    for segment in path.replace("\\", "/").removeprefix("/").split("/"):
        dots = segment.lower().replace("%2e", ".")
        if dots == "..":
            del segments[-1:]
        elif dots != ".":
            segments.append(segment)
    if dots in (".", ".."):
        segments.append("")  # at the end of a path the slash stays
    return "/" + "/".join(segments)


def lambda_response(response: httpx.Response, body: bytes) -> dict[str, Any]:
    """The response in payload format 2.0. Repeated headers keep their first value; each Set-Cookie goes to `cookies`.

    Raises FunctionError for a header that isn't UTF-8: the adapter exits on it.
    """
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in response.headers.raw:
        name = raw_name.decode("ascii").lower()
        if name == "set-cookie":
            cookies.append(raw_value.decode() if raw_value.isascii() else "")  # as in the adapter, its text is lost
        elif name != "transfer-encoding":
            headers.setdefault(name, utf8(name, raw_value))
    text = text_of(response, body)
    return {
        "statusCode": response.status_code,
        "headers": headers,
        "cookies": cookies,
        "body": b64encode(body).decode() if text is None else text,
        "isBase64Encoded": text is None,
    }


def utf8(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise FunctionError(f"the web app's header {name} isn't UTF-8: {ADAPTER_ENDS}") from error


def text_of(response: httpx.Response, body: bytes) -> str | None:
    """The body if its type is text; None for other types, and for a body with a Content-Encoding."""
    media_type = response.headers.get("content-type", "text").partition(";")[0]
    if "content-encoding" in response.headers or not is_text(media_type):
        return None
    try:
        text = body.decode(response.charset_encoding or "utf-8", "replace")
    except (LookupError, ValueError):  # a charset that Python doesn't know
        text = body.decode("utf-8", "replace")
    return text.removeprefix("\ufeff")


def pass_through_payload(response: httpx.Response, body: bytes) -> Any:
    """The JSON body of /events, without its status; None if it isn't JSON or not a text type."""
    try:
        return payload_from(text_of(response, body) or "null")
    except ValueError:
        return None
