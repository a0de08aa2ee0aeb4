"""The canonical request row by row: what was signed beside what came, with the first difference marked."""

from dataclasses import dataclass
from hashlib import sha256

from local_aws.iam.canonical import CanonicalRequest
from local_aws.inspector.words import Words
from local_aws.why.comparison import code_point, equal_length, visible
from local_aws.why.terminal import WORDS as WHY_WORDS

EMPTY_SHA256 = sha256(b"").hexdigest()


@dataclass(frozen=True)
class Side:
    """A text in three: equal, different, equal. `note` names the first different character, or says what a hash is."""

    before: str
    mark: str = ""
    after: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    name: str
    signed: Side
    came: Side
    differs: bool


def canonical_rows(signed: CanonicalRequest, came: CanonicalRequest, words: Words) -> list[Row]:
    ours, theirs = parts_of(signed), parts_of(came)
    parts = WHY_WORDS[words.language]["parts"]
    return [
        row(parts[part].format(name=name), ours.get((part, name)), theirs.get((part, name)), words)
        for part, name in sorted(ours.keys() | theirs.keys(), key=in_order)
    ]


def parts_of(canonical: CanonicalRequest) -> dict[tuple[str, str], str]:
    """Each row by its part and its header's name."""
    rows = {("method", ""): canonical.method, ("uri", ""): canonical.uri, ("query", ""): canonical.query}
    for line in filter(None, canonical.headers.split("\n")):
        rows["header", line.partition(":")[0]] = line
    return rows | {("signed_headers", ""): canonical.signed_headers, ("payload", ""): canonical.payload_hash}


def in_order(part: tuple[str, str]) -> tuple[int, str]:
    return ("method", "uri", "query", "header", "signed_headers", "payload").index(part[0]), part[1]


def row(name: str, signed: str | None, came: str | None, words: Words) -> Row:
    if signed == came:
        side = Side(visible(came or ""), note=hash_note(came, words))
        return Row(name, side, side, False)
    return Row(name, side_of(signed, came, words), side_of(came, signed, words), True)


def side_of(text: str | None, other: str | None, words: Words) -> Side:
    if text is None:
        return Side("", note=words["absent"])
    if note := hash_note(text, words):
        return Side("", visible(text), note=note)
    other = other or ""
    start = equal_length(text, other)
    end = min(equal_length(text[::-1], other[::-1]), len(text) - start, len(other) - start)
    stop = len(text) - end
    point = code_point(text[start : start + 1])
    column = words["character"].format(column=start + 1)
    return Side(
        visible(text[:start] + "|")[:-1],
        visible(text[start:stop] + "|")[:-1],
        visible(text[stop:]),
        f"{column}: {point}" if point else f"{column}: {words['ends']}",
    )


def hash_note(text: str | None, words: Words) -> str:
    return words["empty_body"] if text == EMPTY_SHA256 else ""
