"""The function's answer on its way back: what of it is refused or changed, and its body, part by part."""

import re
from collections.abc import AsyncIterator

import httpx
from starlette.types import Send

from edge_caller.cancellation import time_limit
from edge_caller.errors import ClientTooSlow, UpstreamError, UpstreamTimeout
from edge_caller.headers import RawHeaders, end_to_end, has_control_character, is_hop_by_hop
from edge_caller.limits import Limits

MAX_HEADER_LINES = 1_000
MAX_HEAD_BYTES = 262_144
STATUSES_WITHOUT_BODY = (204, 205, 304)
DEFAULT_PORTS = (80, 443)
ABSOLUTE = re.compile(
    rb"(?:https?:)?//(?P<host>\[[0-9a-f:.]+\]|[^/?#:@]*)(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:[/?#].*)?)", re.I
)
# The headers that hold addresses: what precedes an address, and the address.
ADDRESSES = {
    b"location": re.compile(rb"^()(.*)"),
    b"content-location": re.compile(rb"^()(.*)"),
    b"link": re.compile(rb"(<)([^<>]*)"),  # <address>; rel=next, <address>; ...
    b"refresh": re.compile(rb"^([0-9. \t]*[;, \t][ \t]*(?:url[ \t]*=[ \t]*)?[\"']?)([^\"']*)", re.I),  # 5; url=address
}
ANOTHER_HOST = re.compile(rb"/\t*[/\\]")  # a browser drops tabs, and reads \ as /
# AWS renames some headers of a function; this one is the browser's login prompt.
REMAPPED = {b"x-amzn-remapped-www-authenticate": b"www-authenticate"}

STOPPED = "the answer stopped for EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS: try again, or allow more"
NOT_READ = "the client read nothing of its answer for EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS: read it faster"


async def send_answer(response: httpx.Response, function_url: httpx.URL, limits: Limits, send: Send) -> None:
    """Streams the answer as it comes: status, headers (each Set-Cookie its own), undecoded body.

    An answer that breaks off raises UpstreamError, so that the client's connection breaks too: a cut body must not
    look like a whole one. A client that stops reading raises ClientTooSlow.
    """
    headers = answer_headers(response, function_url)
    parts = aiter(response.stream)  # type: ignore[arg-type]  # an async transport's stream is async
    length = announced_length(headers)
    # A stream's head goes at once. Any other waits for the body's first part: without one, a 502 can still be sent.
    is_stream = length is None and response.status_code not in STATUSES_WITHOUT_BODY
    part: bytes | None = b"" if is_stream else await next_part(parts, limits)
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    sent = 0
    while part is not None:
        sent += len(part)
        with time_limit(limits.between_bytes_timeout_seconds, ClientTooSlow, NOT_READ):
            await send({"type": "http.response.body", "body": part, "more_body": sent != length})
        if sent == length:
            return
        part = await next_part(parts, limits)
    await send({"type": "http.response.body", "body": b""})


def announced_length(headers: RawHeaders) -> int | None:
    """The value of Content-Length. Without one, None: then the answer is a stream."""
    return next((int(value) for name, value in headers if name == b"content-length" and value.isdigit()), None)


async def next_part(parts: AsyncIterator[bytes], limits: Limits) -> bytes | None:
    """The body's next part, undecoded; None at its end. Raises UpstreamError when the body breaks off or stops."""
    try:
        with time_limit(limits.between_bytes_timeout_seconds, UpstreamTimeout, STOPPED):
            return await anext(parts, None)
    except httpx.TransportError as error:
        raise UpstreamError(f"the function's answer broke off ({type(error).__name__})") from error


def answer_headers(response: httpx.Response, function_url: httpx.URL) -> RawHeaders:
    """The headers for the client. Raises UpstreamError for an answer that no server may send."""
    raw, status = response.headers.raw, response.status_code
    if not 200 <= status < 600:
        raise UpstreamError(f"the function answered with status {status}: an answer has one from 200 to 599")
    if len(raw) > MAX_HEADER_LINES or sum(len(name) + len(value) for name, value in raw) > MAX_HEAD_BYTES:
        raise UpstreamError(
            f"the function's answer has more than {MAX_HEADER_LINES} header lines or {MAX_HEAD_BYTES} bytes of headers"
        )
    if any(value.lower() != b"chunked" for name, value in raw if name.lower() == b"transfer-encoding"):
        raise UpstreamError("the function's answer has a Transfer-Encoding other than chunked, which isn't decoded")
    if has_control_character(raw):
        raise UpstreamError("the function's answer has a control character in a header, which no server may send")
    headers = [(REMAPPED.get(name, name), value) for name, value in end_to_end(raw, is_hop_by_hop)]
    if status in STATUSES_WITHOUT_BODY:  # with Content-Length, a server would wait for a body
        headers = [header for header in headers if header[0] != b"content-length"]
    return [
        (name, with_own_addresses(name, value, function_url) if name in ADDRESSES else value) for name, value in headers
    ]


def with_own_addresses(name: bytes, value: bytes, function_url: httpx.URL) -> bytes:
    """The value of a header in ADDRESSES, each address in it as seen_from_outside."""
    return ADDRESSES[name].sub(lambda found: found[1] + seen_from_outside(found[2], function_url), value)


def seen_from_outside(location: bytes, function_url: httpx.URL) -> bytes:
    """A location at the function's own origin as a path, which the client resolves at the edge. Others stay."""
    found = ABSOLUTE.fullmatch(location)
    if not found or found["host"].decode("latin-1").lower().strip("[]") != function_url.host:
        return location
    port = int(found["port"]) if found["port"] else None
    if port != function_url.port and not {port, function_url.port} <= {None, *DEFAULT_PORTS}:
        return location
    path = found["path"]
    if not path.startswith(b"/"):
        return b"/" + path
    return b"/." + path if ANOTHER_HOST.match(path) else path
