"""Mistakes in the secret access key and in the signing key that is derived from it. No detail shows any of them."""

from collections.abc import Iterator

from local_aws.iam.canonical import signing_key
from local_aws.iam.mistakes.mistake import Case, Mistake, in_key


def secret_mistakes(case: Case) -> Iterator[Mistake]:
    if case.secret is None:
        return
    date, region, service = case.right.scope.split("/")[:3]

    def key(secret: str) -> bytes:
        return signing_key(secret, date, region, service)

    for other in case.others:
        name = case.caller.name if case.caller else case.claim.access_key_id
        yield from in_key("secret_of_another", [key(other.secret_access_key)], other=other.name, caller=name)
    yield from in_key("secret_with_blank", [key(case.secret + blank) for blank in ("\n", "\r\n", "\r", " ")])
