"""What a mistake is: a finding, and the change that it makes to what goes into a signature.

A mistake proves nothing by itself: `diagnosis.py` computes the signature with it, and compares.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from local_aws.iam.callers import Caller
from local_aws.iam.canonical import CanonicalRequest, signature, signing_key, string_to_sign
from local_aws.iam.claim import Claim
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest


class Signed(NamedTuple):
    """All that goes into a signature, as the signer may have had it. `text` makes the string to sign."""

    canonical: CanonicalRequest
    amz_date: str
    scope: str
    key: bytes
    text: Callable[[str, str, str], str] = string_to_sign
    layout: Callable[[CanonicalRequest], str] = "\n".join

    def __repr__(self) -> str:
        """Without the key."""
        return f"Signed({self.canonical!r})"

    def signature(self) -> str:
        return signature(self.key, self.text(self.layout(self.canonical), self.amz_date, self.scope))


class Mistake(NamedTuple):
    """`part` is what it changes: two mistakes make a pair only where their parts differ."""

    finding: Finding
    part: str
    change: Callable[[Signed], Signed]


@dataclass(frozen=True)
class Case:
    """What is known of a refused request. `secret` is None where only the signing key of that day is known."""

    request: ReceivedRequest
    claim: Claim
    right: Signed = field(repr=False)
    secret: str | None = field(repr=False)
    caller: Caller | None = None
    others: tuple[Caller, ...] = ()
    hosts: tuple[str, ...] = ()
    """Hosts that the request may have been signed for: of the URL that was called, of the function."""

    def key_of(self, secret_access_key: str) -> bytes:
        """The signing key for the day, region and service of the request."""
        date, region, service, _ = self.right.scope.split("/")
        return signing_key(secret_access_key, date, region, service)


def in_part(code: str, part: str, value: str, **details: str) -> Mistake:
    """A mistake in one part of the canonical request: this value stood in it."""
    if part not in ("headers", "payload_hash"):
        details = {"signed": value} | details

    def change(signed: Signed) -> Signed:
        return signed._replace(canonical=signed.canonical._replace(**{part: value}))

    return Mistake(Finding(code, True, details), part, change)


def in_header(code: str, name: str, value: str, **details: str) -> Mistake:
    """A mistake in the value of one signed header."""

    def change(signed: Signed) -> Signed:
        before, line, after = f"\n{signed.canonical.headers}".partition(f"\n{name}:")
        headers = f"{before}{line}{value}\n{after.partition(chr(10))[2]}"[1:] if line else signed.canonical.headers
        return signed._replace(canonical=signed.canonical._replace(headers=headers))

    return Mistake(Finding(code, True, {"name": name, "signed": value} | details), f"header {name}", change)


def in_key(code: str, key: bytes, **details: str) -> Mistake:
    """A mistake in the signing key."""
    return Mistake(Finding(code, True, details), "key", lambda signed: signed._replace(key=key))
