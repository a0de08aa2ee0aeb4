"""Mistakes in the canonical URI: each with the text that would have been signed in its place."""

import re
from collections.abc import Iterator
from unicodedata import normalize
from urllib.parse import quote, unquote

from local_aws.iam.canonical import canonical_uri, without_dot_segments
from local_aws.iam.mistakes.mistake import Case, Mistake, Signed, in_part
from local_aws.reasons import Finding

MARKS = "!'()*"  # JavaScript's encodeURIComponent leaves them as they are
STAGES = ("/prod", "/dev", "/staging", "/stage", "/test", "/default", "/$default", "/api", "/v1")


def path_mistakes(case: Case) -> Iterator[Mistake]:
    path, canonical = case.request.path, case.right.canonical.uri
    for code, uri in (*encodings(path, canonical), *changes(case, path, canonical)):
        if uri != canonical:
            yield in_part(code, "uri", uri, came=canonical, marks=MARKS)
    for uri in (f"{canonical}?{case.request.query}", f"{path}?{case.request.query}"):
        for query in ("", case.right.canonical.query):
            yield with_query(uri, query, canonical)


def with_query(uri: str, query: str, came: str) -> Mistake:
    def change(signed: Signed) -> Signed:
        return signed._replace(canonical=signed.canonical._replace(uri=uri, query=query))

    return Mistake(Finding("path_with_query", True, {"signed": uri, "came": came}), "uri", change)


def encodings(path: str, canonical: str) -> Iterator[tuple[str, str]]:
    """The same path, encoded or normalized in another way."""
    decoded = unquote(path, errors="surrogateescape")
    once = quote(without_dot_segments(decoded), safe="/~", errors="surrogateescape")
    yield "path_not_normalized", quote(path, safe="/~")
    yield "path_marks_unencoded", unquoted(MARKS, canonical)
    yield "path_as_sent", path
    yield "path_as_sent", without_dot_segments(path)
    yield "path_decoded", once
    yield "path_decoded", decoded
    yield "path_decoded", without_dot_segments(decoded)
    yield "path_reencoded", quote(once, safe="/~")
    yield "path_encoded_too_often", quote(canonical, safe="/~")
    yield "path_hex_lower_case", lower_hex(canonical)
    yield "path_slash_encoded", quote(without_dot_segments(path), safe="~")
    yield "path_slash_encoded", quote(decoded, safe="~", errors="surrogateescape")
    yield "path_tilde_encoded", canonical.replace("~", "%7E")
    yield "path_plus_as_space", canonical_uri(path.replace("+", "%20"))
    yield "path_plus_as_space", canonical_uri(path.replace("%20", "+"))
    yield "path_marks_unencoded", quote(without_dot_segments(path), safe="/~!$&'()*+,;=:@")
    yield "path_unreserved_encoded", canonical_uri(quote(decoded, safe="/", errors="surrogateescape"))
    yield "path_decoded_on_the_way", canonical_uri(quote(path, safe="/~"))
    yield "path_decoded_on_the_way", canonical_uri(quote(decoded, safe="/~", errors="surrogateescape"))
    for form in ("NFC", "NFD"):
        yield "path_unicode_form", canonical_uri(quote(normalize(form, unquote(path, errors="replace")), safe="/~"))


def changes(case: Case, path: str, canonical: str) -> Iterator[tuple[str, str]]:
    """Another path, by an addition, a loss or a change on the way."""
    yield "path_slash_lost", canonical.removesuffix("/")
    yield "path_slash_added", canonical + "/"
    yield "path_left_out", "/"
    yield "path_left_out", ""
    yield "path_whole_url", f"https://{case.request.header('host')}{path}"
    yield "path_whole_url", f"http://{case.request.header('host')}{path}"
    yield "path_lower_case", canonical.lower()
    yield "path_parameters_cut", canonical.partition("%3B")[0]
    _, slash, rest = path.lstrip("/").partition("/")
    if slash:
        yield "path_prefix_added", canonical_uri("/" + rest)
    for stage in STAGES:
        yield "path_prefix_removed", canonical_uri(stage + path)


def unquoted(marks: str, canonical: str) -> str:
    """The text with these characters unencoded."""
    encoded = "|".join(quote(mark, safe="") for mark in marks)
    return re.sub(encoded, lambda found: unquote(found[0]), canonical)


def lower_hex(text: str) -> str:
    return re.sub(r"%(25)?[0-9A-F]{2}", lambda found: found[0].lower(), text)
