"""Mistakes in the layout of the canonical request: the method, SignedHeaders, names and lines."""

from collections.abc import Callable, Iterator

from local_aws.iam.canonical import CanonicalRequest, canonical_value
from local_aws.iam.mistakes.mistake import Case, Mistake, Signed, in_part
from local_aws.reasons import Finding

MAX_HEADERS = 60
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def layout_mistakes(case: Case) -> Iterator[Mistake]:
    came = case.request.method
    for method in METHODS:
        if method != came:
            yield in_part("method_differs", "method", method, came=came)
    for method in (came.lower(), came.title(), came.upper()):
        if method != came:
            yield in_part("method_case", "method", method, came=came)
    if len(case.request.headers) <= MAX_HEADERS:
        yield from order_mistakes(case)
        yield from capital_mistakes(case)
        yield from membership_mistakes(case)
    yield from line_mistakes(case)


def of_names(case: Case, code: str, block: list[str], line: list[str], separator: str = ";", **details: str) -> Mistake:
    """The headers in the order of `block`, SignedHeaders as `line`; both keep their spelling."""
    signed_headers = separator.join(line)
    sent = {name.lower(): value_of(case, name) for name in block}

    def change(signed: Signed) -> Signed:
        lines = (header.partition(":") for header in signed.canonical.headers.split("\n") if header)
        values = sent | {name: value for name, _, value in lines}  # what a mistake in a value made of it
        headers = "".join(f"{name}:{values[name.lower()]}\n" for name in block)
        return signed._replace(canonical=signed.canonical._replace(headers=headers, signed_headers=signed_headers))

    details = {"came": case.claim.signed_headers_as_sent, "signed": signed_headers} | details
    return Mistake(Finding(code, True, details), "layout", change)


def value_of(case: Case, name: str) -> str:
    return ",".join(canonical_value(value) for value in case.request.values(name.lower()))


def order_mistakes(case: Case) -> Iterator[Mistake]:
    claimed = case.claim.signed_headers_as_sent.split(";") if case.claim.signed_headers_as_sent else []
    lower = [name.lower() for name in claimed]
    ordered = sorted(set(lower))
    wire = list(dict.fromkeys(name for name, _ in case.request.headers if name in ordered))
    for block, line in ((lower, lower), (ordered, lower), (lower, ordered), (wire, ordered), (wire, wire)):
        if (block, line) != (ordered, ordered):
            yield of_names(case, "signed_headers_unsorted", block, line)
    yield of_names(case, "signed_headers_separator", ordered, ordered, ",")
    yield of_names(case, "signed_headers_separator", ordered, ordered, "; ")


def capital_mistakes(case: Case) -> Iterator[Mistake]:
    """Names that were signed in capitals, in the lines, in SignedHeaders, or in both."""
    claimed = case.claim.signed_headers_as_sent.split(";") if case.claim.signed_headers_as_sent else []
    ordered = sorted(set(case.claim.signed_headers))
    for names in (claimed, [name.title() for name in ordered], [name.upper() for name in ordered]):
        if names == ordered:
            continue
        same_order = sorted(names, key=str.lower)
        for spelled in (names, same_order, sorted(names)):
            for block, line in ((spelled, spelled), (spelled, ordered), (ordered, spelled)):
                yield of_names(case, "header_names_capitals", block, line)


def membership_mistakes(case: Case) -> Iterator[Mistake]:
    """Headers that were signed but aren't in SignedHeaders, and the other way round."""
    ordered = sorted(set(case.claim.signed_headers))
    others = sorted({name for name, _ in case.request.headers} - {*ordered, "authorization"})
    amz = [name for name in others if name.startswith("x-amz-")]
    for extra in dict.fromkeys([*((name,) for name in others[:20]), tuple(amz), tuple(others)]):
        if extra:
            names = sorted([*ordered, *extra])
            for line in (names, ordered):
                yield of_names(case, "signed_headers_incomplete", names, line, name=", ".join(extra))
    for name in ordered[:20]:
        if name != "host":
            rest = [other for other in ordered if other != name]
            for line in (rest, ordered):
                yield of_names(case, "signed_headers_too_many", rest, line, name=name)


def line_mistakes(case: Case) -> Iterator[Mistake]:
    def layout(code: str, text: Callable[[CanonicalRequest], str]) -> Mistake:
        return Mistake(Finding(code, True), "lines", lambda signed: signed._replace(layout=text))

    yield layout("blank_line_missing", lambda c: "\n".join(c._replace(headers=c.headers.removesuffix("\n"))))
    yield layout("blank_line_added", lambda c: "\n".join(c._replace(headers=c.headers + "\n")))
    yield layout("canonical_line_feed", lambda c: "\n".join(c) + "\n")
    yield layout("canonical_crlf", lambda c: "\n".join(c).replace("\n", "\r\n"))
    yield layout("header_space_after_colon", lambda c: "\n".join(c._replace(headers=c.headers.replace(":", ": ", 1))))
    yield layout(
        "header_space_after_colon",
        lambda c: "\n".join(
            c._replace(headers="".join(f"{s}\n".replace(":", ": ", 1) for s in c.headers.split("\n")[:-1]))
        ),
    )
    yield layout("payload_hash_missing", lambda c: "\n".join(c[:5]))
    yield layout("payload_hash_missing", lambda c: "\n".join(c[:5]) + "\n")
    yield layout("query_line_missing", lambda c: "\n".join((c[0], c[1], *c[3:])))
    yield layout("signed_headers_line_missing", lambda c: "\n".join((*c[:4], c[5])))
