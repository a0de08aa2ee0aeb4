"""One character changed, lost, added or of the other case: finds it by trying them all.

Some ten thousand signatures for a path, query or short header; some hundred thousand for a body of 1 KiB, two seconds.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from local_aws.iam.canonical import canonical_query, canonical_uri, canonical_value
from local_aws.iam.mistakes.mistake import Case, Mistake, in_header, in_key, in_part
from local_aws.iam.mistakes.scope import distant_dates

MAX_BODY_BYTES = 1024
MAX_CHARACTERS = 300
"""Of path, of query and of a header's value."""
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
WHITESPACE = "\n\t\r"
NOT_CHANGED = frozenset(("x-amz-security-token", "x-amz-content-sha256", "x-amz-date", "authorization"))

split_escapes = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL).findall


def edits(characters: list[str], alphabet: str) -> Iterator[tuple[int, str]]:
    """Each text that one edit makes of this one, with the place of the edit. Lost and other-case characters first."""
    for index, character in enumerate(characters):
        before, after = "".join(characters[:index]), "".join(characters[index + 1 :])
        yield index, before + after
        if character.swapcase() != character:
            yield index, before + character.swapcase() + after
    wanted = dict.fromkeys([*characters, *alphabet])  # what the text itself has comes first
    for index in range(len(characters) + 1):
        before, after = "".join(characters[:index]), "".join(characters[index:])
        rest = "".join(characters[index + 1 :])
        for character in wanted:
            if index < len(characters):
                yield index, before + character + rest
            yield index, before + character + after


def single_characters(case: Case) -> Iterator[Mistake]:
    yield from in_path(case)
    yield from in_query(case)
    for name in case.claim.signed_headers:
        yield from in_header_value(case, name)
    yield from in_secret(case)
    yield from distant_dates(case)
    yield from in_body(case)


def in_path(case: Case) -> Iterator[Mistake]:
    path = case.request.path
    if len(path) > MAX_CHARACTERS:
        return
    for index, text in edits(split_escapes(path), PRINTABLE.replace("?", "")):
        if text.startswith("/"):
            yield in_part("path_character", "uri", canonical_uri(text), signed=text, came=path, at=str(index))


def in_query(case: Case) -> Iterator[Mistake]:
    """The parameters of a presigned URL are left alone: only those of the app are edited."""
    presigned = case.claim.expires_seconds is not None
    pairs = case.request.query.split("&")
    own = [pair for pair in pairs if not (presigned and pair.startswith("X-Amz-"))]
    rest = [pair for pair in pairs if presigned and pair.startswith("X-Amz-")]
    query = "&".join(own)
    if len(query) > MAX_CHARACTERS:
        return
    for index, text in edits(split_escapes(query), PRINTABLE):
        request = replace(case.request, query="&".join([text, *rest]))
        canonical = canonical_query(request, presigned=presigned)
        yield in_part("query_character", "query", canonical, signed=text, came=query, at=str(index))


def in_header_value(case: Case, name: str) -> Iterator[Mistake]:
    value = canonical_value(case.request.header(name) or "")
    if not value or name in NOT_CHANGED or len(value) > MAX_CHARACTERS:
        return
    for index, text in edits(list(value), PRINTABLE):
        yield in_header("header_character", name, text, came=value, at=str(index))


def in_secret(case: Case) -> Iterator[Mistake]:
    if case.secret is None:
        return
    for _, text in edits(list(case.secret), PRINTABLE):
        yield in_key("secret_character", case.key_of(text))


def in_body(case: Case) -> Iterator[Mistake]:
    body = case.request.body
    if not 0 < len(body) <= MAX_BODY_BYTES:
        return
    try:
        came, charset = body.decode(), "utf-8"
    except UnicodeDecodeError:
        came, charset = body.decode("latin-1"), "latin-1"
    for index, text in edits(list(came), PRINTABLE + WHITESPACE):
        payload_hash = sha256(text.encode(charset, "surrogatepass")).hexdigest()
        around = slice(max(index - 20, 0), index + 20)
        details = {"signed": text[around], "came": came[around], "at": str(index)}
        yield in_part("body_character", "payload_hash", payload_hash, **details)
