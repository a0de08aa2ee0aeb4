"""The signing process of AWS Signature Version 4: AWS's steps, in AWS's order and words.

It reads no clock, environment or network, and it doesn't choose which headers to sign: `auth.py` does.
S3's exceptions (a path encoded once, unsigned payloads) are left out.
Source: AWS IAM User Guide, "Create a signed AWS API request",
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from hmac import digest as hmac_digest
from urllib.parse import quote, unquote_to_bytes

from edge_caller.signer.errors import SigningError

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"

# Most paths and queries are canonical as they stand; these say so at the price of one match.
is_canonical_path = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*/?").fullmatch
is_canonical_pair = re.compile(r"(?:[A-Za-z0-9_.~-]*=[A-Za-z0-9_.~-]*)?").fullmatch
is_encoded = re.compile(r"[A-Za-z0-9_.~-]*(?:%(?:2[0-9A-CF]|[89A-F][0-9A-F])[A-Za-z0-9_.~-]*)*").fullmatch


@dataclass(frozen=True, slots=True)
class Credentials:
    """An AWS access key. Temporary ones (from STS, OIDC, IAM Roles Anywhere) come with a session token."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def sign(
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
    payload: bytes,
    *,
    credentials: Credentials,
    region: str,
    service: str,
    timestamp: datetime,
) -> dict[str, str]:
    """The headers that make a request a signed one: X-Amz-Date, X-Amz-Security-Token, Authorization.

    `target` is the path and query exactly as they stand in the request line; `headers` are those to sign, in wire
    order, `host` among them, the three above not; `timestamp` is aware of its time zone.
    Raises SigningError for what can't be signed.
    """
    amz_date = format_date(timestamp)
    added = {"X-Amz-Date": amz_date}
    if credentials.session_token:
        added["X-Amz-Security-Token"] = credentials.session_token
    canonical, signed_headers = canonical_request(method, target, [*headers, *added.items()], payload)
    scope = credential_scope(amz_date, region, service)
    key = signing_key(credentials, amz_date[:8], region, service)
    signature = calculate_signature(key, string_to_sign(amz_date, scope, canonical))
    added["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={signed_headers}, Signature={signature}"
    )
    return added


# Step 1: create a canonical request


def canonical_request(method: str, target: str, headers: Iterable[tuple[str, str]], payload: bytes) -> tuple[str, str]:
    """The canonical request, and the signed headers as they also stand in the Authorization header."""
    if not target.isascii():
        raise SigningError(f"the target {target!r} isn't ASCII: percent-encode it, then sign what is sent")
    path, _, query = target.partition("?")
    header_lines, signed_headers = canonical_headers(headers)
    lines = (
        method,
        canonical_uri(path),
        canonical_query_string(query),
        header_lines,
        signed_headers,
        sha256(payload).hexdigest(),
    )
    return "\n".join(lines), signed_headers


def canonical_uri(path: str) -> str:
    """The path as it is sent, without empty and dot segments, encoded once more: `/a%20b` gives `/a%2520b`."""
    if is_canonical_path(path):
        return path or "/"
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    slash = "/" if segments and path.endswith(("/", "/.", "/..")) else ""
    return quote("/" + "/".join(segments) + slash, safe="/")


def canonical_query_string(query: str) -> str:
    """Each name and value decoded, encoded strictly, then sorted by encoded name and value. A bare flag is `flag=`."""
    if is_canonical_pair(query):
        return query
    if "+" in query:
        raise SigningError("a bare + in the query has two readings: write %20 for a space, %2B for a plus")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    encoded = sorted([(uri_encode(name), uri_encode(value)) for name, _, value in pairs])
    return "&".join([f"{name}={value}" for name, value in encoded])


def uri_encode(text: str) -> str:
    """Percent-encoded strictly: all but `A-Z a-z 0-9 - . _ ~`, in upper-case hex, however it was encoded before."""
    return text if is_encoded(text) else quote(unquote_to_bytes(text), safe="")


def canonical_headers(headers: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """The canonical headers, a line each with its line feed, and the signed headers.

    Names in lower case and sorted, values trimmed and their inner spaces folded, repeated ones joined in wire order.
    """
    values: dict[str, str] = {}
    for name, value in headers:
        name, value = name.lower(), value.strip(" \t")
        if "  " in value or not value.isprintable():
            value = fold_spaces(name, value)
        values[name] = f"{values[name]},{value}" if name in values else value
    if "host" not in values:
        raise SigningError("there is no Host among the headers to sign: add the one that will be sent")
    names = sorted(values)
    return "".join([f"{name}:{values[name]}\n" for name in names]), ";".join(names)


def fold_spaces(name: str, value: str) -> str:
    if re.search(r"[\r\n\0]", value):
        raise SigningError(f"the value of {name} holds a line break or NUL, which no header can: remove it")
    return re.sub(r"[ \t]+", " ", value)


# Steps 2 and 3: hash the canonical request, create the string to sign


def string_to_sign(amz_date: str, scope: str, canonical: str) -> str:
    """What the signing key signs. Header values may hold any byte: `surrogateescape` gives it back as it was."""
    return f"{ALGORITHM}\n{amz_date}\n{scope}\n{sha256(canonical.encode('utf-8', 'surrogateescape')).hexdigest()}"


def credential_scope(amz_date: str, region: str, service: str) -> str:
    return f"{amz_date[:8]}/{region}/{service}/{TERMINATOR}"


def format_date(timestamp: datetime) -> str:
    """`20150830T123600Z`: ISO 8601's basic format, in UTC."""
    if timestamp.tzinfo is None:
        raise SigningError("the timestamp has no time zone: pass an aware one, such as datetime.now(UTC)")
    t = timestamp.astimezone(UTC)
    date = (t.year, t.month, t.day, t.hour, t.minute, t.second)
    return "%04d%02d%02dT%02d%02d%02dZ" % date  # noqa: UP031 - strftime takes three times as long


# Step 4: derive a signing key


@lru_cache(maxsize=128)
def signing_key(credentials: Credentials, date: str, region: str, service: str) -> bytes:
    """A key for one day, region and service. Kept by the Credentials, whose text never shows the secret."""
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac_digest(key, part.encode(), "sha256")
    return key


# Step 5: calculate the signature


def calculate_signature(key: bytes, text: str) -> str:
    return hmac_digest(key, text.encode(), "sha256").hex()
