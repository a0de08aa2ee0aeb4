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
from itertools import chain, combinations

from local_aws.iam.callers import Caller
from local_aws.iam.canonical import SERVICE, CanonicalRequest, canonical_request, signing_key
from local_aws.iam.claim import Claim
from local_aws.iam.mistakes import mistakes_in
from local_aws.iam.mistakes.body import MAX_BODY_BYTES, announced_hash
from local_aws.iam.mistakes.mistake import Case, Mistake, Signed
from local_aws.iam.mistakes.one_character import single_characters
from local_aws.iam.mistakes.presentation import Claimed
from local_aws.iam.suspicions import facts, suspicions
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest

MAX_HASHED_BYTES = 3 * 1024 * 1024
"""On a request's way: what 50 ms are enough for. A count, not a clock, so that the same request has the same reason."""
HASHED_BESIDES = 1500
"""What the other steps of one signature cost, in hashed bytes."""


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
    others: Iterable[Caller] = (),
    hosts: Iterable[str] = (),
    thorough: bool = False,
) -> Diagnosis:
    """Compares the claimed signature with the one that each mistake would have made.

    `others` are callers whose secret may have been used, `hosts` those that may have been signed. `thorough` also
    tries single characters and pairs of mistakes: some ten thousand signatures, so not on a request's way.
    """
    search = Search(case_of(request, claim, key, region, tuple(others), tuple(hosts)), thorough)
    found = search.found()
    if found is None:
        return Diagnosis(suspicions(search.case))
    findings, signed = found
    return Diagnosis(findings or facts(request, claim), signed.canonical)


Found = tuple[tuple[Finding, ...], Signed]
"""The mistakes, and what was signed with them."""


class Search:
    """Tries one mistake after the other, the usual ones first. The order is always the same."""

    def __init__(self, case: Case, thorough: bool) -> None:
        self.case = case
        self.thorough = thorough
        self.tried = 0
        self._claimed = Claimed(case.claim)
        self.hashed = 0

    def found(self) -> Found | None:
        right = self.case.right
        written = self._try(right)
        if written is not None:
            return written, right
        mistakes = []
        for mistake in mistakes_in(self.case):
            found = self._with(mistake)
            if found:
                return found
            if mistake.part == "payload_hash":
                self.hashed += min(len(self.case.request.body), MAX_BODY_BYTES)
            if not self.thorough and self.hashed > MAX_HASHED_BYTES:
                break
            mistakes.append(mistake)
        if not self.thorough:
            return self._first(announced_hash(self.case))
        rest = chain(single_characters(self.case), announced_hash(self.case))
        return self._first(rest) or self._pair(mistakes)

    def _first(self, mistakes: Iterable[Mistake]) -> Found | None:
        return next(filter(None, map(self._with, mistakes)), None)

    def _pair(self, mistakes: list[Mistake]) -> Found | None:
        for one, other in combinations(distinct(mistakes, self.case.right), 2):
            if one.part != other.part:
                found = self._with(one, other)
                if found:
                    return found
        return None

    def _with(self, *mistakes: Mistake) -> Found | None:
        signed = self.case.right
        for mistake in mistakes:
            signed = mistake.change(signed)
        written = self._try(signed)
        return None if written is None else ((*(mistake.finding for mistake in mistakes), *written), signed)

    def _try(self, signed: Signed) -> tuple[Finding, ...] | None:
        """None unless the signature is the claimed one."""
        self.tried += 1
        self.hashed += HASHED_BESIDES + sum(map(len, signed.canonical))
        return self._claimed.findings(signed.signature())


def distinct(mistakes: list[Mistake], right: Signed) -> Iterator[Mistake]:
    """Without mistakes that change nothing, or that change the same as one before."""
    seen: set[object] = {right}
    for mistake in mistakes:
        signed = mistake.change(right)
        if signed not in seen:
            seen.add(signed)
            yield mistake


def case_of(
    request: ReceivedRequest,
    claim: Claim,
    key: Caller | str | SigningKey,
    region: str,
    others: tuple[Caller, ...] = (),
    hosts: tuple[str, ...] = (),
) -> Case:
    """The claimed scope counts where it is whole: a wrong region or service is a finding of its own."""
    date = claim.amz_date[:8]
    scope = claim.scope if claim.scope.count("/") == 3 else f"{date}/{region}/{SERVICE}/aws4_request"
    secret = key.secret_access_key if isinstance(key, Caller) else key if isinstance(key, str) else None
    value = key.value if isinstance(key, SigningKey) else signing_key(secret or "", *scope.split("/")[:3])
    canonical = canonical_request(request, claim)
    right = Signed(canonical=canonical, amz_date=claim.amz_date, scope=scope, key=value)
    caller = key if isinstance(key, Caller) else None
    return Case(request, claim, right, secret, caller, others, hosts)
