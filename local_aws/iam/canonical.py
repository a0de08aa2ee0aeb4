"""Canonical request, string to sign, signing key and signature, as AWS makes them of the bytes that arrived.

It shares no code with the project's signer: a verifier that did would agree with the signer's bugs. The tests compare
it with botocore.
Source: AWS IAM User Guide, "Create a signed AWS API request".
"""

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

from local_aws.iam.claim import ALGORITHM, Claim
from local_aws.received import ReceivedRequest, bytes_of

SERVICE = "lambda"

hide_tokens = re.compile(r"(?m)(^x-amz-security-token:|X-Amz-Security-Token=)[^&\n]*", re.IGNORECASE).sub


class CanonicalRequest(NamedTuple):
    """AWS's six parts. `headers` has one `name:value` line for each signed header, each ended by a line feed."""

    method: str
    uri: str
    query: str
    headers: str
    signed_headers: str
    payload_hash: str

    def __repr__(self) -> str:
        """Without query and headers: a session token can be in them."""
        return f"CanonicalRequest({self.method} {self.uri})"

    @property
    def text(self) -> str:
        return "\n".join(self)

    @property
    def shown(self) -> str:
        """The text for a log or a page, without the session token."""
        return hide_tokens(r"\1(session token)", self.text)


def canonical_request(request: ReceivedRequest, claim: Claim) -> CanonicalRequest:
    names = sorted(set(claim.signed_headers))
    return CanonicalRequest(
        method=request.method,
        uri=canonical_uri(request.path),
        query=canonical_query(request, presigned=claim.expires_seconds is not None),
        headers="".join(f"{name}:{','.join(map(canonical_value, request.values(name)))}\n" for name in names),
        signed_headers=";".join(names),
        payload_hash=request.payload_hash,
    )


def canonical_uri(path: str) -> str:
    """The path as sent, without empty and dot segments, and encoded once more."""
    return quote(without_dot_segments(path), safe="/~")


def without_dot_segments(path: str) -> str:
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return "/" + "/".join(segments) + ("/" if segments and path.endswith("/") else "")


def canonical_query(request: ReceivedRequest, *, presigned: bool) -> str:
    """Decoded, encoded strictly and sorted. The signature of a presigned URL is left out."""
    encoded = sorted(
        (quote(name, safe=""), quote(value, safe=""))
        for name, value in request.parameters()
        if not (presigned and name == b"X-Amz-Signature")
    )
    return "&".join(f"{name}={value}" for name, value in encoded)


def canonical_value(value: str) -> str:
    """Trimmed, with one space for each run of them. No other character counts as a space."""
    return re.sub(r"[ \t]+", " ", value.strip(" \t"))


def string_to_sign(canonical: str, amz_date: str, scope: str) -> str:
    """`scope` is the credential scope: date, region, service and `aws4_request`, joined by slashes."""
    digest = sha256(bytes_of(canonical)).hexdigest()
    return f"{ALGORITHM}\n{amz_date}\n{scope}\n{digest}"


def signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    """The key that signs for one day, region and service."""
    return derived(b"AWS4" + bytes_of(secret_access_key), (date, region, service, "aws4_request"))


def derived(key: bytes, parts: Iterable[str]) -> bytes:
    for part in parts:
        key = hmac.digest(key, bytes_of(part), "sha256")
    return key


def signature(key: bytes, text_to_sign: str) -> str:
    return hmac.digest(key, bytes_of(text_to_sign), "sha256").hex()


def is_claimed(claim: Claim, computed: str) -> bool:
    """Whether the computed signature is the one that the request claims, compared in constant time."""
    return hmac.compare_digest(computed.encode(), bytes_of(claim.signature))
