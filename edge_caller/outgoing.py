"""The outgoing request: what of a visitor's request goes on to the function, and what is refused.

It signs nothing and sends nothing. Target, body and end-to-end headers stay as they came.
Source: RFC 9110, section 7.6, "Message Forwarding"; RFC 9112, section 3.2, "Request Target".
"""

import re
from collections.abc import Iterable

from starlette.types import Receive, Scope

from edge_caller.deadline import Deadline
from edge_caller.errors import BodyTooLarge, ClientLeft, ClientTooSlow, HeadersTooLarge, RequestError
from edge_caller.limits import Limits

RawHeaders = list[tuple[bytes, bytes]]

# Lambda's limit for a request's event: AWS Lambda Developer Guide, "Lambda quotas", as of 2026-11.
MAX_BODY_BYTES = 6_291_456
MAX_HEADER_BYTES = 65_536

SLOW = (ClientTooSlow, "no more of the body came for EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS: send it faster")

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
# Made anew on the way out (the client's Authorization is for the edge), or answered already (Expect).
REPLACED = HOP_BY_HOP | {b"host", b"content-length", b"authorization", b"expect", b"x-request-id"}
# What only the signer, or the proxies in front of the edge, may say.
RESERVED_PREFIXES = (b"x-amz-", b"x-forwarded-", b"cf-")

# RFC 3986's characters, and those besides that go out unchanged. A Worker's fetch makes a \ in a path a /.
is_target = re.compile(rb"/[!$-;=@-\[\]-_a-z|~]*(?:\?[!$-;=?-~]*)?").fullmatch
find_dot_segment = re.compile(rb"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE).search
find_control = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]").search


def target_of(scope: Scope) -> bytes:
    """The path and query, byte for byte as the client sent them. Raises RequestError for what can't go on as it is."""
    path: bytes = scope["raw_path"]
    if scope["method"] == "CONNECT":
        raise RequestError("CONNECT asks for a tunnel, and there is none here: send another method")
    if not path.startswith(b"/"):
        raise RequestError("the request target must be a path that begins with /, not a URL or *")
    if find_dot_segment(path):
        raise RequestError("the path has a . or .. segment, which is not passed on: send the path that it means")
    target = path + b"?" + scope["query_string"] if scope["query_string"] else path
    if not is_target(target):
        raise RequestError("the request target has a character that no URL may have: percent-encode it")
    return target


def headers_of(scope: Scope) -> RawHeaders:
    """The end-to-end headers of the client. Raises RequestError for values that can't go on as they are."""
    headers = end_to_end(scope["headers"], REPLACED, RESERVED_PREFIXES)
    text = b"".join([name + value for name, value in headers])
    if len(text) > MAX_HEADER_BYTES:
        raise HeadersTooLarge(f"the headers are larger than {MAX_HEADER_BYTES} bytes: send fewer or shorter ones")
    try:
        text.decode()
    except UnicodeDecodeError:
        raise RequestError("a header has a value that is not UTF-8: percent-encode it") from None
    if find_control(text):
        raise RequestError("a header has a control character in it: remove it")
    return headers


def end_to_end(
    headers: Iterable[tuple[bytes, bytes]],
    dropped: frozenset[bytes] = HOP_BY_HOP,
    dropped_prefixes: tuple[bytes, ...] = (),
) -> RawHeaders:
    """The headers that go on to the next hop, in their order, without `dropped` and those that Connection names."""
    kept: RawHeaders = []
    options = b""
    for name, value in headers:
        name = name.lower()
        if name == b"connection":
            options += b"," + value.lower()
        elif name not in dropped and not name.startswith(dropped_prefixes):
            kept.append((name, value))
    if not options:
        return kept
    named = {option.strip() for option in options.split(b",")}
    return [(name, value) for name, value in kept if name not in named]


async def read_body(scope: Scope, receive: Receive, deadline: Deadline, limits: Limits) -> bytes:
    """The whole body: the signature needs its hash. Raises BodyTooLarge as soon as more than the limit is there."""
    check_size(announced_length(scope))
    body = bytearray()
    more = True
    while more:
        deadline.allow(limits.between_bytes_timeout_seconds, SLOW)
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft("the client left before its request was complete")
        body += message.get("body", b"")
        check_size(len(body))
        more = message.get("more_body", False)
    return bytes(body)


def announced_length(scope: Scope) -> int:
    """What Content-Length says, 0 without it. Raises RequestError unless it is one number."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    if not lengths:
        return 0
    if len(set(lengths)) > 1 or not lengths[0].isdigit() or len(lengths[0]) > 15:
        raise RequestError("Content-Length must be one whole number: send the number of bytes in the body")
    return int(lengths[0])


def check_size(body_bytes: int) -> None:
    if body_bytes > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes, the most that Lambda takes: send less")
