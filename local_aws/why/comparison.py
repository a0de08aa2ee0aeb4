"""The signer's canonical request beside AWS's: the first difference, and characters that a terminal would hide."""

import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile

from local_aws.iam.claim import Claim
from local_aws.iam.diagnosis import case_of
from local_aws.iam.mistakes import mistakes_in
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest, bytes_of
from local_aws.why.pastes.record import SignerPrinted

REQUEST_LINES = ("method", "uri", "query")
# Letters, numbers, punctuation and symbols. A combining mark is named: it hides a text that isn't normalised.
SHOWN = "LNPS"


@dataclass(frozen=True)
class Difference:
    """`line` and `column` count from 1, `part` is a code, `name` a header's. A code point is None at a line's end."""

    line: int
    part: str
    name: str
    column: int
    aws: str
    signer: str
    aws_code_point: str | None
    signer_code_point: str | None


@dataclass(frozen=True)
class Compared:
    """`differs` is None where the signer printed nothing that can be compared."""

    findings: tuple[Finding, ...] = ()
    differs: bool | None = None
    difference: Difference | None = None


def compare(request: ReceivedRequest, claim: Claim, region: str, canonical: str, signer: SignerPrinted) -> Compared:
    """Names the mistake whose canonical request has the signer's hash, else the line where the two part.

    It needs no secret: the signer printed its canonical request, or its hash in the string to sign.
    """
    signed = signer.canonical_request
    digest = hash_of(signed) if signed else (signer.string_to_sign or "").rpartition("\n")[2]
    if not digest:
        return Compared()
    if digest == hash_of(canonical):
        return Compared((), False)
    named = mistake_with(digest, request, claim, region)
    difference = first_difference(canonical, signed) if signed else None
    if named is None and difference:
        named = Finding("why_canonical_differs", True, {"line": str(difference.line)})
    return Compared((named or Finding("why_canonical_hash_differs", True),), True, difference)


def hash_of(canonical: str) -> str:
    return sha256(bytes_of(canonical)).hexdigest()


def mistake_with(digest: str, request: ReceivedRequest, claim: Claim, region: str) -> Finding | None:
    """The mistake in the canonical request that gives this hash: proved without the secret."""
    case = case_of(request, claim, "", region)
    for mistake in mistakes_in(case):
        signed = mistake.change(case.right)
        if hash_of(signed.layout(signed.canonical)) == digest:
            return mistake.finding
    return None


def first_difference(aws: str, signer: str) -> Difference | None:
    """Where the signer's canonical request first departs from AWS's; None where they are equal."""
    if aws == signer:
        return None
    ours, theirs = aws.split("\n"), signer.split("\n")
    index = next(i for i in range(max(len(ours), len(theirs))) if ours[i : i + 1] != theirs[i : i + 1])
    one, other = "".join(ours[index : index + 1]), "".join(theirs[index : index + 1])
    column = equal_length(one, other)
    points = code_point(one[column : column + 1]), code_point(other[column : column + 1])
    return Difference(index + 1, *part_of(ours, index), column + 1, one, other, *points)


def equal_length(one: str, other: str) -> int:
    """How many characters are the same at the start of both."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def part_of(lines: list[str], index: int) -> tuple[str, str]:
    """Which part of a canonical request a line is, and the header's name."""
    if index < len(REQUEST_LINES):
        return REQUEST_LINES[index], ""
    blank = lines.index("", 3) if "" in lines[3:] else len(lines)
    if index < blank:
        return "header", lines[index].partition(":")[0]
    return {0: "blank", 1: "signed_headers"}.get(index - blank, "payload"), ""


def code_point(character: str) -> str | None:
    """U+200B ZERO WIDTH SPACE; None for no character."""
    if not character:
        return None
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that isn't UTF-8, as surrogateescape keeps it
        return f"byte 0x{code - 0xDC00:02X}"
    return f"U+{code:04X} {unicodedata.name(character, '')}".rstrip()


def visible(line: str) -> str:
    """One line with its invisible characters named: a<U+200B>b. A space is named only where it ends the line."""
    body = line.rstrip(" ")
    shown = "".join(character if is_shown(character) else named(character) for character in body)
    return shown + "<U+0020>" * (len(line) - len(body))


def is_shown(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] in SHOWN


def named(character: str) -> str:
    """<U+200B>, or <byte 0xFF>."""
    name = code_point(character) or ""
    return f"<{name if name.startswith('byte') else name.split(' ')[0]}>"
