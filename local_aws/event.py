"""HTTP request to event, and Lambda response to HTTP response: payload format 2.0, as the Function URL maps them.

It invokes nothing. Where AWS terminates TLS the stand-in has none: `x-forwarded-proto` is http, and the
`x-amzn-tls-` headers are missing.
Source: AWS Lambda Developer Guide, "Invoking Lambda function URLs", "Request and response payloads".
"""

import binascii
import json
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local_aws.callers import Caller
from local_aws.errors import FunctionError
from local_aws.function import Function
from local_aws.received import ReceivedRequest

Event = dict[str, Any]

# UNVERIFIED: that +json and +xml are text. A text type whose body is no UTF-8 comes as base64, UNVERIFIED too.
is_text = re.compile(r"text/.*|application/(json|xml|javascript|.*\+json|.*\+xml)").fullmatch
# The answer's framing is the server's own affair.
NOT_MAPPED = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"))


@dataclass(frozen=True)
class MappedResponse:
    """`headers` in the order to send, `set-cookie` repeated. `reason` is for the log: why it isn't a success."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    reason: str = ""


def event_from(
    request: ReceivedRequest,
    function: Function,
    caller: Caller,
    *,
    request_id: str,
    trace_id: str,
    now: datetime,
) -> Event:
    """The event. Fields that have nothing to say are left out, as AWS does."""
    headers = event_headers(request, trace_id)
    event: Event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": function.account_id,
            "apiId": function.url_id,
            "authorizer": {"iam": iam_identity(caller, function)},
            "domainName": function.domain_name,
            "domainPrefix": function.url_id,
            "http": {
                "method": request.method,
                "path": unquote(request.path),
                "protocol": f"HTTP/{request.http_version}",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies := [c.strip() for c in headers.get("cookie", "").split(";") if c.strip()]:
        event["cookies"] = cookies
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        parameters.setdefault(name, []).append(value)
    if parameters:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in parameters.items()}
    if request.body:
        event["body"], event["isBase64Encoded"] = event_body(request.body, headers.get("content-type"))
    return event


def event_headers(request: ReceivedRequest, trace_id: str) -> dict[str, str]:
    """Lower-case names, repeated ones joined by a comma, Authorization removed, what AWS adds added."""
    headers: dict[str, str] = {}
    for name, raw in request.headers:
        value = raw.decode("utf-8", "replace")
        separator = "; " if name == "cookie" else ","
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    headers.pop("authorization", None)
    port = headers.get("host", "").partition(":")[2] or "80"
    headers |= {"x-forwarded-for": request.source_ip, "x-forwarded-proto": "http", "x-forwarded-port": port}
    return headers | {"x-amzn-trace-id": trace_id}


def iam_identity(caller: Caller, function: Function) -> dict[str, str | None]:
    return {
        "accessKey": caller.access_key_id,
        "accountId": function.account_id,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.user_arn,
        "userId": caller.user_id,
    }


def event_body(body: bytes, content_type: str | None) -> tuple[str, bool]:
    """The body as text, or as base64 and True: forms, binary types and bodies of no type are base64."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if is_text(media_type):
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return b64encode(body).decode("ascii"), True


def response_from(answer: Any) -> MappedResponse:
    """The HTTP response for what the function returned. Raises FunctionError for what is no Lambda response."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        body = answer if isinstance(answer, str) else json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
        return MappedResponse(200, [(b"content-type", b"application/json")], body.encode())
    try:
        status = int(answer["statusCode"])
        headers = {str(name).lower(): header_text(value) for name, value in (answer.get("headers") or {}).items()}
        cookies = [header_text(cookie) for cookie in answer.get("cookies") or []]
        body = answer.get("body") or ""
        content = b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()
    except (AttributeError, TypeError, ValueError, binascii.Error) as error:
        raise FunctionError(f"the function's answer is no Lambda response ({type(error).__name__})") from error
    if not 100 <= status <= 599:
        raise FunctionError(f"the function's answer has the statusCode {status}")
    headers.setdefault("content-type", "application/json")
    mapped = [(n.encode(), v.encode()) for n, v in headers.items() if n not in NOT_MAPPED]
    return MappedResponse(status, mapped + [(b"set-cookie", cookie.encode()) for cookie in cookies], content)


def header_text(value: Any) -> str:
    """A header's value: a string, number or boolean, without a line break that would begin another header."""
    if not isinstance(value, str | int | float):
        raise TypeError("a header's value must be a string")
    text = str(value)
    if re.search(r"[\r\n\0]", text):
        raise ValueError("a header's value has a line break")
    return text
