"""Everything that AWS would refuse a request for, in AWS's order: the first finding is the one that AWS answers to.

    examination = examine(request, key, region="ap-northeast-1", now=now, thorough=True)
    examination.findings, examination.claim, examination.diagnosis

Unlike `verify`, it doesn't stop at the first mistake. `why-403` and the page use it. It opens no file, socket or
terminal, and works without a key: then the signature is left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from local_aws.errors import Refusal
from local_aws.iam.callers import Caller
from local_aws.iam.canonical import SERVICE
from local_aws.iam.claim import Claim, claim_of
from local_aws.iam.diagnosis import Diagnosis, SigningKey, diagnose
from local_aws.iam.signature import check_date, check_scope, check_session_token
from local_aws.iam.suspicions import body_facts, warnings
from local_aws.iam.unsigned import unsigned_findings
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest


@dataclass(frozen=True)
class Examination:
    """`claim` is None for an unsigned request or a malformed claim, `diagnosis` where no key was given."""

    findings: tuple[Finding, ...]
    claim: Claim | None = field(default=None, repr=False)
    diagnosis: Diagnosis | None = None


def examine(
    request: ReceivedRequest,
    key: Caller | str | SigningKey | None,
    *,
    region: str,
    service: str = SERVICE,
    now: datetime | None = None,
    others: Iterable[Caller] = (),
    hosts: Iterable[str] = (),
    thorough: bool = True,
) -> Examination:
    """Without `now` the clock is left out, without a `key` the signature. A Caller's session token is compared."""
    try:
        claim = claim_of(request)
    except Refusal as refusal:
        return Examination(refusal.findings)
    if claim is None:
        return Examination(unsigned_findings(request))
    findings = findings_before_the_signature(request, claim, key, region, service, now)
    # A paste may lack headers that were sent; where the signature is wrong, the diagnosis names them.
    warned = [warning for warning in warnings(request, claim) if warning.code != "signed_header_absent"]
    if key is None:
        return Examination((*findings, *body_facts(request), *warned), claim)
    diagnosis = diagnose(
        request, claim, key, region=region, service=service, others=others, hosts=hosts, thorough=thorough
    )
    if isinstance(key, SigningKey) and findings:  # it opens one region, service and day: another scope is beyond it
        diagnosis = Diagnosis(tuple(f for f in diagnosis.findings if f.code != "unknown_mistake"), diagnosis.signed)
    findings += [finding for finding in diagnosis.findings if finding not in findings]
    return Examination((*findings, *warned), claim, diagnosis)


def findings_before_the_signature(
    request: ReceivedRequest,
    claim: Claim,
    key: Caller | str | SigningKey | None,
    region: str,
    service: str,
    now: datetime | None,
) -> list[Finding]:
    """What is wrong with the claim's date, scope and session token."""
    findings: list[Finding] = []
    checks: list[Callable[[], object]] = [
        lambda: check_date(claim, now) if now else None,
        lambda: check_scope(request, claim, region, service),
        lambda: check_session_token(claim, key, now) if isinstance(key, Caller) else None,
    ]
    for check in checks:
        try:
            check()
        except Refusal as refusal:
            findings += refusal.findings
    return findings
