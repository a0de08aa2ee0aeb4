"""Mistakes in the canonical query string: each with the text that would have been signed in its place."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from local_aws.iam.mistakes.mistake import Case, Mistake, in_part
from local_aws.iam.mistakes.path import MARKS, lower_hex, unquoted
from local_aws.received import bytes_of

Pairs = list[tuple[bytes, bytes]]
EXPIRES = (60, 300, 600, 900, 1800, 3600, 7200, 43_200, 86_400, 604_800)
MAX_CHARACTERS = 8192
MAX_PARAMETERS = 50
UNENCODED = (MARKS, "/", ":", ",", "@", "$", ";", "[]", "/:", "/:,@$;!'()*", "=")


def query_mistakes(case: Case) -> Iterator[Mistake]:
    canonical = case.right.canonical.query
    pairs = case.request.parameters()
    presigned = case.claim.expires_seconds is not None
    if presigned:
        pairs = [(name, value) for name, value in pairs if name != b"X-Amz-Signature"]
        for code, query in presigned_queries(case, pairs):
            if query != canonical:
                yield in_part(code, "query", query, came="")
    if not pairs or len(case.request.query) > MAX_CHARACTERS:
        return
    raw = [pair for pair in case.request.query.split("&") if pair]
    if presigned:
        raw = [pair for pair in raw if not pair.startswith("X-Amz-Signature=")]
    for code, query in (*encodings(canonical, raw, pairs), *changes(canonical, pairs)):
        if query != canonical:
            yield in_part(code, "query", query, came=canonical, marks=MARKS)
    for index, (name, _) in enumerate(pairs[:MAX_PARAMETERS]):
        rest = joined(sorted(encoded(pairs[:index] + pairs[index + 1 :])))
        came = name.decode("utf-8", "backslashreplace")
        yield in_part("query_parameter_left_out", "query", rest, came=came)


def encodings(canonical: str, raw: list[str], pairs: Pairs) -> Iterator[tuple[str, str]]:
    """The same parameters, encoded or joined in another way."""
    strict = encoded(pairs)
    text = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs]
    yield "query_as_sent", "&".join(raw)
    yield "query_unsorted", joined(strict)
    yield "query_flag_without_equals", "&".join(name + (f"={value}" if value else "") for name, value in sorted(strict))
    yield (
        "query_flag_without_equals",
        "&".join(pair if "=" in flag else pair.removesuffix("=") for flag, pair in sorted_with_flags(raw, strict)),
    )
    yield "query_unencoded", "&".join(sorted(raw))
    yield "query_plus_as_space", canonical.replace("%2B", "%20")
    yield "query_plus_as_space", joined(strict).replace("%2B", "%20")
    yield "query_form_encoded", canonical.replace("%20", "+")
    yield "query_form_encoded", joined(strict).replace("%20", "+")
    yield "query_form_encoded", joined(sorted((quote_plus(n), quote_plus(v)) for n, v in pairs))
    yield "query_sorted_as_text", "&".join(sorted(f"{name}={value}" for name, value in strict))
    yield "query_sorted_before_encoding", joined(encoded(sorted(pairs)))
    yield "query_sorted_by_name_only", joined(sorted(strict, key=lambda pair: pair[0]))
    yield "query_sorted_ignoring_case", joined(sorted(strict, key=lambda pair: (pair[0].lower(), pair[1])))
    yield "query_decoded", utf8(joined(sorted(text)))
    yield "query_decoded", utf8(joined(text))
    yield "query_encoded_twice", joined(sorted((quote(n, safe=""), quote(v, safe="")) for n, v in strict))
    yield "query_hex_lower_case", lower_hex(canonical)
    yield "query_tilde_encoded", canonical.replace("~", "%7E")
    for marks in UNENCODED:
        yield "query_marks_unencoded", unquoted(marks, canonical)


def changes(canonical: str, pairs: Pairs) -> Iterator[tuple[str, str]]:
    """Other parameters, by an addition or a loss."""
    strict = encoded(pairs)
    yield "query_left_out", ""
    yield "query_empty_left_out", joined(sorted(pair for pair in strict if pair[1]))
    yield "query_with_question_mark", "?" + canonical
    yield "query_last_value_only", joined(sorted(dict(strict).items()))
    yield "query_first_value_only", joined(sorted(dict(reversed(strict)).items()))
    yield "query_values_joined", joined(sorted(with_joined_values(strict).items()))


def presigned_queries(case: Case, pairs: Pairs) -> Iterator[tuple[str, str]]:
    without_token = [pair for pair in pairs if pair[0] != b"X-Amz-Security-Token"]
    signature = (b"X-Amz-Signature", bytes_of(case.claim.signature))
    yield "query_token_left_out", joined(sorted(encoded(without_token)))
    yield "query_signature_included", joined(sorted(encoded([*pairs, signature])))
    yield "query_signature_included", joined(sorted(encoded([*pairs, (b"X-Amz-Signature", b"")])))
    yield "query_own_parameters_left_out", joined(sorted(encoded(p for p in pairs if p[0].startswith(b"X-Amz-"))))
    for seconds in EXPIRES:
        changed = [(n, str(seconds).encode() if n == b"X-Amz-Expires" else v) for n, v in pairs]
        yield "query_expires_changed", joined(sorted(encoded(changed)))


def encoded(pairs: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(quote(name, safe=""), quote(value, safe="")) for name, value in pairs]


def joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def utf8(latin: str) -> str:
    return latin.encode("latin-1").decode("utf-8", "surrogateescape")


def sorted_with_flags(raw: list[str], strict: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each pair as sent beside its canonical form, in canonical order."""
    both = sorted(zip(strict, raw, strict=False))
    return [(sent, f"{name}={value}") for (name, value), sent in both]


def with_joined_values(strict: list[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in strict:
        values[name] = f"{values[name]}%2C{value}" if name in values else value
    return values
