"""The mistakes that people make when they sign, one file for each part of what is signed.

Each file has one generator. Of the mistakes that aren't listed in these files, only one changed character is found.
"""

from collections.abc import Callable, Iterator

from local_aws.iam.mistakes.body import body_mistakes
from local_aws.iam.mistakes.headers import header_mistakes
from local_aws.iam.mistakes.layout import layout_mistakes
from local_aws.iam.mistakes.mistake import Case, Mistake
from local_aws.iam.mistakes.path import path_mistakes
from local_aws.iam.mistakes.query import query_mistakes
from local_aws.iam.mistakes.scope import scope_mistakes
from local_aws.iam.mistakes.secret import secret_mistakes

KINDS: tuple[Callable[[Case], Iterator[Mistake]], ...] = (
    path_mistakes,
    query_mistakes,
    header_mistakes,
    layout_mistakes,
    secret_mistakes,
    scope_mistakes,
    body_mistakes,  # last: where the body is large, they are the dearest
)
