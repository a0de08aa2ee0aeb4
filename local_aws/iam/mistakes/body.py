"""Mistakes in the payload hash: another body was hashed, or none."""

from collections.abc import Iterator
from hashlib import sha256

from local_aws.iam.mistakes.mistake import Case, Mistake, in_part


def body_mistakes(case: Case) -> Iterator[Mistake]:
    yield in_part("payload_unsigned", "payload_hash", "UNSIGNED-PAYLOAD")
    if case.request.body:
        yield in_part("body_not_signed", "payload_hash", sha256(b"").hexdigest())
