"""The way through: a request in, the same request signed and sent, the answer streamed back.

It keeps the target, the body and the end-to-end headers as they came. It knows no cookies, redirects or content
codings, since it calls the transport itself: a client would send one visitor's cookies with another's request.
Source: RFC 9110, section 7.6, "Message Forwarding".
"""

import re
from collections.abc import Iterable

import httpx
from starlette.types import Receive, Scope, Send

from edge_caller.auth import SigV4Auth
from edge_caller.errors import BodyTooLarge, RequestError, UpstreamError, UpstreamTimeout

RawHeaders = list[tuple[bytes, bytes]]

# Lambda's limit for a request's event: AWS Lambda Developer Guide, "Lambda quotas", as of 2026-11.
MAX_BODY_BYTES = 6_291_456
TIMEOUT = httpx.Timeout(30.0, connect=5.0)  # seconds

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
REPLACED = frozenset((b"host", b"content-length", b"authorization", b"expect"))
# What only the signer, or the proxies in front of the edge, may say.
RESERVED_PREFIXES = (b"x-amz-", b"x-forwarded-", b"cf-")

find_dot_segment = re.compile(rb"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE).search


async def request_for(function_url: httpx.URL, scope: Scope, receive: Receive) -> httpx.Request:
    """The request to the function, unsigned yet. Raises RequestError for what can't be passed on as it is."""
    url = function_url.copy_with(raw_path=target_of(scope, function_url))
    headers = end_to_end(scope["headers"], dropped=REPLACED, dropped_prefixes=RESERVED_PREFIXES)
    body = await read_body(scope, receive)
    extensions = {"timeout": TIMEOUT.as_dict()}
    return httpx.Request(scope["method"], url, headers=headers, content=body, extensions=extensions)


def target_of(scope: Scope, function_url: httpx.URL) -> bytes:
    """The path and query, byte for byte as the client sent them."""
    target: bytes = scope["raw_path"]
    if not target.startswith(b"/"):
        raise RequestError("the request target must be a path that begins with /, not a URL or *")
    if find_dot_segment(target):
        raise RequestError("the path has a . or .. segment, which is not passed on: send the path that it means")
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    try:
        kept = function_url.copy_with(raw_path=target).raw_path == target
    except (httpx.InvalidURL, UnicodeError):
        kept = False
    if not kept:
        raise RequestError("the request target has a character that no URL may have: percent-encode it")
    return target


def end_to_end(
    headers: Iterable[tuple[bytes, bytes]],
    dropped: frozenset[bytes] = frozenset(),
    dropped_prefixes: tuple[bytes, ...] = (),
) -> RawHeaders:
    """The headers that go on to the next hop, in their order, without those named in Connection and in `dropped`."""
    pairs = [(name, value) for name, value in headers]
    options = b",".join(value for name, value in pairs if name.lower() == b"connection").lower()
    hop = HOP_BY_HOP | dropped | {option.strip() for option in options.split(b",")}
    return [(n, v) for n, v in pairs if n.lower() not in hop and not n.lower().startswith(dropped_prefixes)]


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body: the signature needs its hash. Raises BodyTooLarge as soon as more than the limit is there."""
    check_size(announced_length(scope))
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError("the client left before its request was complete")
        body += message.get("body", b"")
        check_size(len(body))
        more = message.get("more_body", False)
    return bytes(body)


def announced_length(scope: Scope) -> int:
    """What Content-Length says, 0 without it. Raises RequestError unless it is one number."""
    lengths = {value for name, value in scope["headers"] if name.lower() == b"content-length"} or {b"0"}
    length = lengths.pop()
    if lengths or not length.isdigit() or len(length) > 15:
        raise RequestError("Content-Length must be one whole number: send the number of bytes in the body")
    return int(length)


def check_size(body_bytes: int) -> None:
    if body_bytes > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes, the most that Lambda takes: send less")


async def send_signed(transport: httpx.AsyncBaseTransport, auth: SigV4Auth, request: httpx.Request) -> httpx.Response:
    """The function's answer, its body still to be read. Drives the auth flow as httpx's client does.

    Raises UpstreamError (unreachable), UpstreamTimeout and SigningError.
    """
    flow = auth.async_auth_flow(request)
    where = request.url.netloc.decode()
    try:
        outgoing = await anext(flow)
        while True:
            response = await transport.handle_async_request(outgoing)
            try:
                outgoing = await flow.asend(response)
            except StopAsyncIteration:
                return response
            await response.aclose()
    except httpx.TimeoutException as error:
        raise UpstreamTimeout(f"{where} did not answer in time ({type(error).__name__}): try again later") from error
    except httpx.TransportError as error:
        raise UpstreamError(
            f"{where} can't be reached ({type(error).__name__}): check that FUNCTION_URL is right and that it runs"
        ) from error


async def read_answer(response: httpx.Response) -> bytes:
    """The whole body of an answer. Raises UpstreamError when it breaks off."""
    try:
        return await response.aread()
    except httpx.TransportError as error:
        raise UpstreamError(f"the function's answer broke off ({type(error).__name__})") from error
    finally:
        await response.aclose()


async def send_back(response: httpx.Response, send: Send) -> None:
    """Streams the answer as it comes: status, headers (each Set-Cookie its own), undecoded body.

    An answer that breaks off raises UpstreamError, so that the client's connection breaks too: a cut body must not
    look like a whole one.
    """
    try:
        headers = end_to_end(response.headers.raw)
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        async for chunk in response.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except httpx.TransportError as error:
        raise UpstreamError(f"the function's answer broke off ({type(error).__name__})") from error
    finally:
        await response.aclose()
