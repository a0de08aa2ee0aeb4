"""HTTP request to event: payload format 2.0, as the Function URL makes it.

The stand-in has no TLS: `x-forwarded-proto` is http, and the `x-amzn-tls-` headers are missing.
Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

import re
from base64 import b64encode
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local_aws.iam.callers import Caller
from local_aws.received import ReceivedRequest
from policies.function import Function

Event = dict[str, Any]

# UNVERIFIED (event-body-json-suffix, event-body-xml-suffix): `+json` and `+xml` aren't among them. Seen at HTTP APIs.
# UNVERIFIED (event-body-text-of-other-bytes): a text type whose body isn't UTF-8 is base64.
is_text = re.compile(r"text/.*|application/(json|xml|javascript)").fullmatch
HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)
# A function sees no `connection`, as recordings show.
# UNVERIFIED (event-without-hop-by-hop-headers, event-of-a-chunked-body): the other hop-by-hop headers.
NOT_IN_EVENT = HOP_BY_HOP | {"authorization"}


def event_from(
    request: ReceivedRequest, function: Function, caller: Caller, *, request_id: str, trace_id: str, now: datetime
) -> Event:
    """The event. Empty fields are left out, as AWS does."""
    headers = event_headers(request, trace_id)
    context = request_context(function, caller, request_id, now) | {"http": http_description(request, headers)}
    event: Event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if cookies := [c.strip() for c in headers.get("cookie", "").split(";") if c.strip()]:
        event["cookies"] = cookies
    if parameters := query_string_parameters(request.query):
        event["queryStringParameters"] = parameters
    if request.body:
        event["body"], event["isBase64Encoded"] = event_body(request.body, headers.get("content-type"))
    return event


def request_context(function: Function, caller: Caller, request_id: str, now: datetime) -> Event:
    return {
        "accountId": function.account_id,
        "apiId": function.url_id,
        "authorizer": {"iam": iam_identity(caller, function)},
        "domainName": function.domain_name,
        "domainPrefix": function.url_id,
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }


def http_description(request: ReceivedRequest, headers: dict[str, str]) -> dict[str, str]:
    return {
        "method": request.method,
        "path": unquote(request.path),
        "protocol": f"HTTP/{request.http_version}",
        "sourceIp": request.source_ip,
        "userAgent": headers.get("user-agent", ""),
    }


def query_string_parameters(query: str) -> dict[str, str]:
    """Decoded. The values of a repeated name are joined with a comma."""
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def event_headers(request: ReceivedRequest, trace_id: str) -> dict[str, str]:
    """Lower-case names. Repeated headers are joined with a comma, Authorization is removed, AWS's headers are added."""
    headers: dict[str, str] = {}
    for name, raw in request.headers:
        if name in NOT_IN_EVENT:
            continue
        value = raw.decode("utf-8", "replace")
        separator = "; " if name == "cookie" else ","
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    port = re.search(r":(\d+)$", headers.get("host", ""))
    return headers | {
        "x-forwarded-for": request.source_ip,
        "x-forwarded-port": port[1] if port else "80",
        "x-forwarded-proto": "http",
        "x-amzn-trace-id": trace_id,
    }


def iam_identity(caller: Caller, function: Function) -> dict[str, str | None]:
    """UNVERIFIED (identity-of-a-role)"""
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
    """The body as text, or as base64 and True. Forms, binary types and bodies without a type are base64."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if is_text(media_type):
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return b64encode(body).decode("ascii"), True
