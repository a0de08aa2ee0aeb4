"""Mistakes in the canonical query string: each with the text that would have been signed in its place."""

from collections.abc import Iterator

from local_aws.iam.mistakes.mistake import Case, Mistake, in_part


def query_mistakes(case: Case) -> Iterator[Mistake]:
    query, canonical = case.request.query, case.right.canonical.query
    if not canonical:
        return

    def part(code: str, value: str) -> Mistake:
        return in_part(code, "query", value, came=canonical)

    yield part("query_as_sent", query)
    yield part("query_plus_as_space", canonical.replace("%2B", "%20"))
    yield part("query_left_out", "")
