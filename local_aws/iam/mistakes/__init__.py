"""The mistakes that people make when they sign, one file for each part of what is signed.

Each file has one generator. Of the mistakes that aren't listed in these files, only one changed character is found.
"""

from collections.abc import Iterator

from local_aws.iam.mistakes.body import body_mistakes
from local_aws.iam.mistakes.headers import header_mistakes
from local_aws.iam.mistakes.layout import layout_mistakes
from local_aws.iam.mistakes.mistake import Case, Mistake
from local_aws.iam.mistakes.path import path_mistakes
from local_aws.iam.mistakes.query import query_mistakes
from local_aws.iam.mistakes.scope import scope_mistakes
from local_aws.iam.mistakes.secret import secret_mistakes


def mistakes_in(case: Case) -> Iterator[Mistake]:
    """In the order in which they are tried."""
    yield from path_mistakes(case)
    yield from query_mistakes(case)
    yield from header_mistakes(case)
    yield from layout_mistakes(case)
    yield from secret_mistakes(case)
    yield from scope_mistakes(case)
    yield from body_mistakes(case)  # last: where the body is large, they are the dearest
