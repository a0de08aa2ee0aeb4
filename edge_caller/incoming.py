"""The head of a client's request: what is refused, and what of it is forwarded. Target and headers keep their bytes.

Source: [RFC 9112, section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2), "Request Target".
"""

import ipaddress
import re
from collections.abc import Sequence

from starlette.types import Scope

from edge_caller.config import Settings
from edge_caller.errors import HeadTooLarge, LoopDetected, RequestError, UnsupportedCoding
from edge_caller.headers import (
    RawHeaders,
    end_to_end,
    has_control_character,
    is_for_the_edge,
    is_for_the_edge_or_proxies,
)

MAX_HEAD_BYTES = 65_536
# RFC 8586: the edge names itself in each request that it sends, and so recognises a request of its own.
CDN_LOOP = (b"cdn-loop", b"edge-caller")

# RFC 3986's characters and `[ ] ^ |`, which every transport sends unchanged. No `\`: a Worker's fetch makes it a `/`.
TARGET = re.compile(rb"/[!$-;=@-\[\]-_a-z|~]*(?:\?[!$-;=?-~]*)?")
DOT_SEGMENT = re.compile(rb"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
HOST = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def check_head(scope: Scope) -> None:
    """Raises RequestError for a head that can't be forwarded, or not unambiguously."""
    headers: RawHeaders = scope["headers"]
    size = len(scope["raw_path"]) + len(scope["query_string"]) + sum(len(name) + len(value) for name, value in headers)
    if size > MAX_HEAD_BYTES:
        raise HeadTooLarge(f"the URL and headers are larger than {MAX_HEAD_BYTES} bytes: send fewer or shorter headers")
    check_host(scope)
    codings = [value.strip().lower() for value in values(headers, b"transfer-encoding")]
    if codings and codings != [b"chunked"]:
        raise UnsupportedCoding("Transfer-Encoding must be chunked and nothing else: send the body without a coding")
    if codings and values(headers, b"content-length"):
        raise RequestError("Content-Length and Transfer-Encoding exclude each other: send one of them")
    if any(CDN_LOOP[1] in value.lower() for value in values(headers, CDN_LOOP[0])):
        raise LoopDetected("the request comes from an edge caller: set FUNCTION_URL to the function's own address")


def check_host(scope: Scope) -> None:
    hosts = [value for value in values(scope["headers"], b"host") if value]
    if not hosts and scope["http_version"] in ("1", "1.0"):
        return  # HTTP/1.0 has no Host
    if len(hosts) != 1 or not HOST.fullmatch(hosts[0]):
        raise RequestError("Host must be there once, as a name with or without a port: send one Host header")


def request_target(scope: Scope) -> bytes:
    """The path and query, byte for byte as the client sent them. Raises RequestError where one is invalid."""
    path: bytes = scope["raw_path"]
    if scope["method"] == "CONNECT":
        raise RequestError("CONNECT asks for a tunnel, which the edge doesn't make: use another method")
    if not path.startswith(b"/"):
        raise RequestError("the request target must be a path that begins with /, not a URL or *")
    if DOT_SEGMENT.search(path):
        raise RequestError("the path has a . or .. segment, which isn't forwarded: send the path that it means")
    target = path + b"?" + scope["query_string"] if scope["query_string"] else path
    if not TARGET.fullmatch(target):
        raise RequestError("the URL has a character that no URL may have: percent-encode it")
    return target


def request_headers(scope: Scope, settings: Settings) -> RawHeaders:
    """The headers to forward, with those that the edge adds. Raises RequestError for an invalid value."""
    trusted = is_trusted(scope.get("client"), settings.trusted_proxies)
    headers = end_to_end(scope["headers"], is_for_the_edge if trusted else is_for_the_edge_or_proxies)
    if not values(headers, b"x-forwarded-host"):
        headers += [(b"x-forwarded-host", value) for value in values(scope["headers"], b"host") if value]
    if name := settings.forward_authorization_as:
        headers = [header for header in headers if header[0] != name]
        headers += [(name, value) for value in values(scope["headers"], b"authorization")]
    check_values(headers)
    return [*headers, CDN_LOOP]


def check_values(headers: RawHeaders) -> None:
    try:
        b"".join([name + value for name, value in headers]).decode()
    except UnicodeDecodeError:
        raise RequestError("a header's value isn't UTF-8: percent-encode it") from None
    if has_control_character(headers):
        raise RequestError("a header has a control character in it: remove it")


def is_trusted(client: Sequence[str] | None, trusted: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    """Whether EDGE_TRUSTED_PROXIES names the address that the connection comes from."""
    if not client or not trusted:
        return False
    address = ipaddress.ip_address(client[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in trusted)


def values(headers: RawHeaders, name: bytes) -> list[bytes]:
    """The values of one header. In an ASGI scope the names are in lower case."""
    return [value for key, value in headers if key == name]
