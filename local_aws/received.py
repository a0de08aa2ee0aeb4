"""The request as it arrived: what the signature is verified from and the event is made of.

Nothing is decoded or normalised here: the signature covers the bytes on the wire.
Source: ASGI specification, "HTTP Connection Scope".
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from local_aws.refusals import fact, too_large

# A surrogate that stands for no byte: those that do are U+DC80 to U+DCFF.
HALF_CHARACTER = re.compile("[\ud800-\udc7f\udd00-\udfff]")


@dataclass(frozen=True)
class ReceivedRequest:
    """`path` and `query` are percent-encoded as sent; header names are in lower case, values the bytes as sent."""

    method: str
    path: str
    query: str = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = field(repr=False)
    body: bytes = field(repr=False)
    source_ip: str
    http_version: str

    def values(self, name: str) -> list[str]:
        """The values of a header in wire order."""
        return [text_of(value) for key, value in self.headers if key == name]

    def header(self, name: str) -> str | None:
        values = self.values(name)
        return ",".join(values) if values else None

    @property
    def payload_hash(self) -> str:
        """The SHA-256 of the body, in hexadecimal digits."""
        return sha256(self.body).hexdigest()

    def parameters(self) -> list[tuple[bytes, bytes]]:
        """The query's names and values, decoded, in their order. A `+` stays a `+`."""
        pairs = (pair.partition("=") for pair in self.query.split("&") if pair)
        return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in pairs]


def text_of(value: bytes) -> str:
    """Bytes that aren't UTF-8 become surrogates, so nothing is lost."""
    return value.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The reverse of `text_of`: surrogates become their bytes again.

    A paste may hold other surrogates: two halves become their character, and half a one becomes U+FFFD.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        return HALF_CHARACTER.sub("\ufffd", joined).encode("utf-8", "surrogateescape")


def name_of(host: str) -> str | None:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


async def receive_request(scope: Scope, receive: Receive, max_body_bytes: int) -> ReceivedRequest:
    """The whole request. Raises ClientDisconnect, or the Refusal of a body larger than `max_body_bytes`."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > max_body_bytes:
            raise too_large(fact("body_too_large", most=str(max_body_bytes)))
    return ReceivedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("ascii"),
        query=scope["query_string"].decode("ascii"),
        headers=tuple((name.decode("ascii"), value) for name, value in scope["headers"]),
        body=bytes(body),
        source_ip=scope["client"][0] if scope.get("client") else "127.0.0.1",
        http_version=scope["http_version"],
    )
