"""The pasted request as AWS would have received it, and notes about the parts that the paste doesn't show."""

import re
from dataclasses import dataclass

from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest, bytes_of
from local_aws.why.pastes.record import PastedRequest, SignerPrinted


@dataclass(frozen=True)
class WithoutBody(ReceivedRequest):
    """A request whose body isn't shown, but whose hash the signer names."""

    announced_hash: str = ""

    @property
    def payload_hash(self) -> str:
        return self.announced_hash


@dataclass(frozen=True)
class AsReceived:
    """`whole` where all that is signed is known: only then can the signature be recomputed."""

    request: ReceivedRequest
    whole: bool
    notes: tuple[Finding, ...]


def with_bytes_encoded(target: str) -> str:
    """The bytes that aren't UTF-8 as `%80`: a target with such a byte has no canonical form."""
    return re.sub("[\udc80-\udcff]", lambda found: f"%{ord(found[0]) - 0xDC00:02X}", target)


def as_received(pasted: PastedRequest, body: bytes | None, signer: SignerPrinted) -> AsReceived:
    """`body` is the file given beside the paste; it wins over the paste's own."""
    notes: list[Finding] = []
    known_body = body if body is not None else pasted.body
    method = pasted.method
    if pasted.target is not None and method is None:
        method = "POST" if known_body else "GET"
        notes.append(Finding("note_no_method", True, {"method": method}))
    if pasted.target is None:
        notes.append(Finding("note_no_request_line", True))
    announced = announced_hash(pasted, signer) if known_body is None else None
    if known_body is None and pasted.signed:
        notes.append(Finding("note_body_hash_taken" if announced else "note_body_not_shown", True))
    path, _, query = with_bytes_encoded(pasted.target or "/").partition("?")
    headers = tuple((name, bytes_of(value)) for name, value in pasted.headers)
    parts = (method or "GET", path, query, headers, known_body or b"", "127.0.0.1", "1.1")
    request = WithoutBody(*parts, announced_hash=announced) if announced else ReceivedRequest(*parts)
    hash_known = known_body is not None or announced is not None
    return AsReceived(request, pasted.target is not None and hash_known, tuple(notes))


def announced_hash(pasted: PastedRequest, signer: SignerPrinted) -> str | None:
    """The payload hash that the header or the signer's canonical request names."""
    header = pasted.header("x-amz-content-sha256")
    last_line = (signer.canonical_request or "").rpartition("\n")[2]
    return header or last_line or None
