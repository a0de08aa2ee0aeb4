"""Everything that AWS would refuse a request for: the checks of `iam/checks.py` in their order, not only the first.

    examination = examine(request, key, region="ap-northeast-1", now=now)
    examination.findings, examination.claim, examination.diagnosis

The first finding is the one that AWS answers to. `check_access_key_id` isn't made: only AWS knows its access keys.
Without a key, the signature isn't checked. No file, socket or terminal is opened.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from local_aws.errors import Refusal
from local_aws.iam.callers import Caller
from local_aws.iam.checks import check_date, check_scope, check_session_token
from local_aws.iam.claim import Claim, claim_of
from local_aws.iam.diagnosis import Diagnosis, SigningKey, diagnose
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
    now: datetime | None = None,
    others: Iterable[Caller] = (),
) -> Examination:
    """Without `now` the clock is left out, without a `key` the signature. A Caller's session token is compared."""
    try:
        claim = claim_of(request)
    except Refusal as refusal:
        return Examination(refusal.findings)
    if claim is None:
        return Examination(unsigned_findings(request))
    findings = list(refused_by(check_date, claim, now)) if now else []
    findings += refused_by(check_scope, request, claim, region)
    # A paste may lack headers that were sent; where the signature is wrong, the diagnosis names them.
    warned = [warning for warning in warnings(request, claim) if warning.code != "signed_header_absent"]
    if key is None:
        return Examination((*findings, *body_facts(request), *warned), claim)
    diagnosis = diagnose(request, claim, key, region=region, others=others, thorough=True)
    if isinstance(key, SigningKey) and findings:  # it opens one region, service and day: another scope is beyond it
        diagnosis = Diagnosis(tuple(f for f in diagnosis.findings if f.code != "unknown_mistake"), diagnosis.signed)
    findings += [finding for finding in diagnosis.findings if finding not in findings]
    if isinstance(key, Caller):
        findings += refused_by(check_session_token, claim, key, now)
    return Examination((*findings, *warned), claim, diagnosis)


def refused_by(check: Callable[..., None], *arguments: object) -> Iterator[Finding]:
    try:
        check(*arguments)
    except Refusal as refusal:
        yield from refusal.findings
