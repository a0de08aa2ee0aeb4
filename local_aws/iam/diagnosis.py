"""Why a signature doesn't match: tries the usual mistakes, and names the one with which it would.

    diagnosis = diagnose(request, claim, key, region="ap-northeast-1")
    diagnosis.findings     what is wrong, at least one
    diagnosis.signed       the canonical request that was signed, where it was found: compare it with AWS's

`key` is a Caller, a secret access key, or the SigningKey of that day. It opens no file, socket or terminal. It decides
nothing, and proves no mistake without recomputing the signature to the last digit.
Source: AWS IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from local_aws.iam.callers import Caller
from local_aws.iam.canonical import SERVICE, CanonicalRequest, canonical_request, is_claimed, signing_key
from local_aws.iam.claim import Claim
from local_aws.iam.mistakes import KINDS
from local_aws.iam.mistakes.mistake import Case, Mistake, Signed
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest


@dataclass(frozen=True)
class SigningKey:
    """The key of one day, region and service: it signs nothing else, and the secret can't be computed from it."""

    value: bytes = field(repr=False)


@dataclass(frozen=True)
class Diagnosis:
    """`findings` is empty where the signature is right. `signed` is None where no mistake was found."""

    findings: tuple[Finding, ...]
    signed: CanonicalRequest | None = None


def diagnose(
    request: ReceivedRequest,
    claim: Claim,
    key: Caller | str | SigningKey,
    *,
    region: str,
    service: str = SERVICE,
    others: Iterable[Caller] = (),
    hosts: Iterable[str] = (),
    thorough: bool = False,
) -> Diagnosis:
    """Compares the claimed signature with the one that each mistake would have made.

    `others` are callers whose secret may have been used, `hosts` those that may have been signed. `thorough` also
    tries single characters and pairs of mistakes: some ten thousand signatures, so not on a request's way.
    """
    case = case_of(request, claim, key, region, service, tuple(others), tuple(hosts))
    if is_claimed(claim, case.right.signature()):
        return Diagnosis((), case.right.canonical)
    absent = [name for name in claim.signed_headers if not request.values(name)]
    if absent:
        return Diagnosis((Finding("signed_header_missing", True, {"name": absent[0]}),))
    for mistake in mistakes_in(case):
        signed = mistake.change(case.right)
        if is_claimed(claim, signed.signature()):
            return Diagnosis((mistake.finding,), signed.canonical)
    return Diagnosis((unknown_mistake(case),))


def case_of(
    request: ReceivedRequest,
    claim: Claim,
    key: Caller | str | SigningKey,
    region: str,
    service: str,
    others: tuple[Caller, ...],
    hosts: tuple[str, ...],
) -> Case:
    date = claim.amz_date[:8]
    secret = key.secret_access_key if isinstance(key, Caller) else key if isinstance(key, str) else None
    value = key.value if isinstance(key, SigningKey) else signing_key(secret or "", date, region, service)
    right = Signed(
        canonical=canonical_request(request, claim),
        amz_date=claim.amz_date,
        scope=f"{date}/{region}/{service}/aws4_request",
        key=value,
    )
    caller = key if isinstance(key, Caller) else None
    return Case(request, claim, right, secret, region, caller, others, hosts)


def mistakes_in(case: Case) -> Iterator[Mistake]:
    for kind in KINDS:
        yield from kind(case)


def unknown_mistake(case: Case) -> Finding:
    whose = f" of {case.caller.name}" if case.caller else ""
    return Finding("unknown_mistake", True, {"whose": whose, "headers": ", ".join(case.claim.signed_headers)})
