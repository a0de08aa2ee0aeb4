"""Which headers are forwarded: to the function, and back to the client. Their order and bytes stay.

Source: [RFC 9110, section 7.6](https://www.rfc-editor.org/rfc/rfc9110#section-7.6), "Message Forwarding".
"""

import re
from collections.abc import Callable, Iterable

RawHeaders = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"http2-settings",
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
# Set again when sending (the client's Authorization is for the edge), or already answered (Expect).
SET_BY_THE_EDGE = HOP_BY_HOP | {b"host", b"content-length", b"authorization", b"expect", b"x-request-id"}
# What AWS and the adapter tell the function: never a client.
SAID_BY_AWS = (b"x-amz-", b"x-amzn-")
TRACE_ID = b"x-amzn-trace-id"
# What a proxy in front of the edge tells: not a client, unless EDGE_TRUSTED_PROXIES names its address.
SAID_BY_PROXIES = frozenset(
    (
        b"client-ip",
        b"fastly-client-ip",
        b"forwarded",
        b"front-end-https",
        b"true-client-ip",
        b"x-appengine-user-ip",
        b"x-azure-clientip",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-forwarded",
        b"x-host",
        b"x-http-host-override",
        b"x-real-ip",
        b"x-remote-addr",
        b"x-remote-ip",
        b"x-rewrite-url",
        b"x-scheme",
        b"x-url-scheme",
    )
)
SAID_BY_PROXIES_PREFIXES = (b"cf-", b"x-envoy-", b"x-forwarded-", b"x-original-")

# Forwarded, and read by the function for what they mean.
WITH_A_MEANING = re.compile(
    rb"(?:accept|access-control|cache|content|if|sec|x-amzn)(?:-.*)?"
    rb"|cdn-loop|cookie|date|from|max-forwards|origin|pragma|range|referer|set-cookie|user-agent|via|warning"
)
CONTROL_CHARACTER = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def end_to_end(headers: Iterable[tuple[bytes, bytes]], is_dropped: Callable[[bytes], bool]) -> RawHeaders:
    """The headers without those that `is_dropped` and those that Connection names. Names come in lower case."""
    kept: RawHeaders = []
    named_by_connection: set[bytes] = set()
    for name, value in headers:
        name = name.lower()
        if name == b"connection":
            named_by_connection |= {option.strip() for option in value.lower().split(b",")}
        elif not is_dropped(name):
            kept.append((name, value))
    if not named_by_connection:
        return kept
    return [(name, value) for name, value in kept if name not in named_by_connection]


def is_for_the_edge(name: bytes) -> bool:
    """Whether this request header isn't forwarded at all. Some servers read `_` as `-`, so both are the same here."""
    name = name.replace(b"_", b"-")
    return name in SET_BY_THE_EDGE or (name.startswith(SAID_BY_AWS) and name != TRACE_ID)


def is_for_the_edge_or_proxies(name: bytes) -> bool:
    """Whether this request header isn't forwarded, or only when a trusted proxy sends it."""
    spelled = name.replace(b"_", b"-")
    return spelled in SAID_BY_PROXIES or spelled.startswith(SAID_BY_PROXIES_PREFIXES) or is_for_the_edge(name)


def has_a_meaning(name: bytes) -> bool:
    """Whether HTTP or AWS gives this header a meaning, so that it can't carry another value."""
    return WITH_A_MEANING.fullmatch(name) is not None


def is_hop_by_hop(name: bytes) -> bool:
    return name in HOP_BY_HOP


def has_control_character(headers: RawHeaders) -> bool:
    """Whether a name or value has a control character other than a tab, which no HTTP message may have."""
    return CONTROL_CHARACTER.search(b"".join([name + value for name, value in headers])) is not None
