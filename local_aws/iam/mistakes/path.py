"""Mistakes in the canonical URI: each with the text that would have been signed in its place."""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from local_aws.iam.mistakes.mistake import Case, Mistake, in_part

MARKS = "!'()*"  # JavaScript's encodeURIComponent leaves them as they are


def path_mistakes(case: Case) -> Iterator[Mistake]:
    path, canonical = case.request.path, case.right.canonical.uri

    def uri(code: str, value: str) -> Mistake:
        return in_part(code, "uri", value, came=canonical, marks=MARKS)

    yield uri("path_not_normalized", quote(path, safe="/~"))
    encoded_marks = "|".join(quote(mark, safe="") for mark in MARKS)
    yield uri("path_marks_unencoded", re.sub(encoded_marks, lambda found: unquote(found[0]), canonical))
    yield uri("path_as_sent", path)
    yield uri("path_decoded", quote(unquote(path), safe="/~"))
    yield uri("path_slash_lost", canonical.removesuffix("/"))
    yield uri("path_slash_added", canonical + "/")
