"""Why a pasted request was refused: the whole of `why-403` as a function that opens no file, socket or terminal.

    paste = read_paste(data)
    analysis = analyse(paste, Beside(key=caller, region="ap-northeast-1"))
    analysis.findings, analysis.canonical_request, analysis.difference
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from local_aws.iam.callers import Caller
from local_aws.iam.canonical import canonical_request, string_to_sign
from local_aws.iam.claim import Claim
from local_aws.iam.diagnosis import SigningKey
from local_aws.iam.examination import Examination, examine
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest
from local_aws.record import Gate
from local_aws.why.as_received import AsReceived, as_received
from local_aws.why.comparing import Compared, compare
from local_aws.why.comparison import Difference, first_difference
from local_aws.why.decide import Signature, by_answer, decide
from local_aws.why.pastes.record import Exchange, Paste, PastedRequest
from local_aws.why.region import region_at, region_of
from local_aws.why.says import SIGNATURE_COUNTS, Says, aws_time, says, sentence

GATES = {
    Says.UNKNOWN_URL: Gate.ARRIVED,
    Says.INCOMPLETE: Gate.CLAIM,
    Says.UNSIGNED: Gate.CLAIM,
    Says.DENIED: Gate.PERMISSION,
    Says.NOT_AUTHORIZED: Gate.PERMISSION,
    Says.OTHER: Gate.FUNCTION,
    Says.PASSED: Gate.FUNCTION,
}


@dataclass(frozen=True)
class Beside:
    """What is known beside the paste. `variables` may name the function's region: FUNCTION_URL, AWS_REGION."""

    key: Caller | str | SigningKey | None = field(default=None, repr=False)
    source: str = ""
    others: tuple[Caller, ...] = field(default=(), repr=False)
    variables: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    canonical_request: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Analysis:
    """`gate` is AWS's check that refused, None where none did. `notes` say what the paste doesn't show."""

    exchange: Exchange
    about: Says
    signature: Signature
    gate: Gate | None
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...] = ()
    claim: Claim | None = field(default=None, repr=False)
    canonical_request: str | None = field(default=None, repr=False)
    string_to_sign: str | None = field(default=None, repr=False)
    signed_canonical_request: str | None = field(default=None, repr=False)
    difference: Difference | None = None

    @property
    def aws_says(self) -> str | None:
        return None if self.about is Says.PASSED else sentence(self.exchange.answer)


def claim_in(request: PastedRequest) -> Claim | None:
    """What the request claims; None where it is unsigned or malformed. It tells whose secret is needed."""
    return examine(as_received(request, None, Paste("", ()).signer).request, None, region="", thorough=False).claim


def analyse(paste: Paste, beside: Beside) -> Analysis:
    exchange = paste.chosen
    about = says(exchange.answer)
    notes = tuple(Finding("note_" + note.replace("-", "_"), True) for note in paste.notes)
    if exchange.request is None:
        findings = by_answer(about)
        return Analysis(exchange, about, Signature.ABSENT, gate_of(about, Signature.UNKNOWN, findings), findings, notes)
    if beside.canonical_request:
        paste = replace(paste, signer=replace(paste.signer, canonical_request=beside.canonical_request))
    received = as_received(exchange.request, beside.body, paste.signer)
    return of_request(paste, beside, about, received, notes)


def of_request(
    paste: Paste, beside: Beside, about: Says, received: AsReceived, notes: tuple[Finding, ...]
) -> Analysis:
    request = received.request
    examined, region, more = examination(request, received.whole, about, aws_time(paste.chosen.answer), beside)
    notes += received.notes + more if about in SIGNATURE_COUNTS else ()
    claim = examined.claim
    if claim is None:
        findings = lost_by_redirect(paste) or decide(about, Signature.ABSENT, examined.findings, (), "")
        if paste.notes:  # the signature was left out of the paste, not of the request
            findings = by_answer(about)
        gate = gate_of(about, Signature.ABSENT, findings)
        return Analysis(paste.chosen, about, Signature.ABSENT, gate, findings, notes)
    canonical = canonical_request(request, claim).text if received.whole else None
    compared = compare(request, claim, region, canonical, paste.signer) if canonical else Compared()
    signature = state_of(examined)
    findings = (*examined.findings, *token_missing(claim, examined))
    findings = decide(about, signature, findings, secret_findings(compared, signature), claim.access_key_id)
    signed = examined.diagnosis.signed if examined.diagnosis else None
    return Analysis(
        exchange=paste.chosen,
        about=about,
        signature=signature,
        gate=gate_of(about, signature, findings),
        findings=findings,
        notes=notes + outcome(about, signature, findings, paste),
        claim=claim,
        canonical_request=canonical,
        string_to_sign=string_to_sign(canonical, claim.amz_date, claim.scope) if canonical else None,
        signed_canonical_request=paste.signer.canonical_request or (signed.text if signed else None),
        difference=compared.difference or (first_difference(canonical, signed.text) if canonical and signed else None),
    )


def examination(
    request: ReceivedRequest, whole: bool, about: Says, now: datetime | None, beside: Beside
) -> tuple[Examination, str, tuple[Finding, ...]]:
    """What AWS would refuse the request for, the region that it asks for, and notes."""
    notes: list[Finding] = []
    region = region_at(request.header("host") or "", beside.variables)
    claim = examine(request, None, region="", thorough=False).claim
    if claim and region is None:
        region = region_of(claim.scope)
        notes.append(Finding("note_region_assumed", True, {"region": region}))
    if claim and whole:
        notes.append(key_note(claim, beside))
    key = beside.key if whole else None
    found = examine(request, key, region=region or "", now=now, others=beside.others, thorough=True)
    return found, region or "", tuple(notes)


def key_note(claim: Claim, beside: Beside) -> Finding:
    date = claim.amz_date[:8]
    if beside.key is None:
        return Finding("note_no_secret", True, {"key": claim.access_key_id, "date": date})
    if isinstance(beside.key, SigningKey):
        return Finding("note_signing_key", True, {"date": date})
    return Finding("note_secret", True, {"source": beside.source})


def state_of(examined: Examination) -> Signature:
    if examined.diagnosis is None:
        return Signature.UNKNOWN
    return Signature.WRONG if examined.diagnosis.findings else Signature.RIGHT


def secret_findings(compared: Compared, signature: Signature) -> tuple[Finding, ...]:
    """Where the signer's canonical request is AWS's, only the secret is left."""
    if compared.differs is False and signature is Signature.WRONG:
        return (Finding("why_secret_differs", True),)
    if compared.differs is False and signature is Signature.UNKNOWN:
        return (Finding("why_secret_suspected", False),)
    return compared.findings


def token_missing(claim: Claim, examined: Examination) -> tuple[Finding, ...]:
    """AWS's access key IDs of temporary credentials begin with ASIA."""
    known = any(finding.code == "token_missing" for finding in examined.findings)
    if known or claim.session_token or not claim.access_key_id.startswith("ASIA"):
        return ()
    return (Finding("why_token_missing", True, {"key": claim.access_key_id}),)


def lost_by_redirect(paste: Paste) -> tuple[Finding, ...]:
    """The paste shows a signed request before this unsigned one, to another host."""
    last = paste.chosen.request
    for exchange in paste.exchanges:
        before = exchange.request
        redirected = exchange.answer is not None and (exchange.answer.status or 0) // 100 == 3
        if before and last and before.signed and redirected and before.header("host") != last.header("host"):
            hosts = {"signed": before.header("host") or "", "came": last.header("host") or ""}
            return (Finding("why_authorization_lost_redirect", True, hosts),)
    return ()


def outcome(about: Says, signature: Signature, findings: tuple[Finding, ...], paste: Paste) -> tuple[Finding, ...]:
    if about is Says.PASSED and paste.chosen.answer:
        return (Finding("note_not_refused", True, {"status": str(paste.chosen.answer.status)}),)
    if findings:
        return ()
    return (Finding("note_nothing_wrong" if signature is Signature.RIGHT else "note_nothing_to_check", True),)


def gate_of(about: Says, signature: Signature, findings: tuple[Finding, ...]) -> Gate | None:
    if not findings:
        return None
    if signature is Signature.ABSENT:
        return Gate.CLAIM
    return GATES.get(about, Gate.SIGNATURE)
