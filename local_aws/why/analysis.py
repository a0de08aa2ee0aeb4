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
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest
from local_aws.record import Gate
from local_aws.why.as_received import AsReceived, as_received
from local_aws.why.comparison import Compared, Difference, compare, first_difference
from local_aws.why.decide import Signature, by_answer, decide, key_mistakes, lost_by_redirect, shown_key
from local_aws.why.examination import Examination, examine
from local_aws.why.notes import key_note, outcome
from local_aws.why.pastes.record import Exchange, Paste, PastedRequest
from local_aws.why.region import region_at, region_of
from local_aws.why.says import SIGNATURE_COUNTS, Says, aws_time, says, sentence
from local_aws.why.sts import sts_finding

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
    return examine(as_received(request, None, Paste("", ()).signer).request, None, region="").claim


def analyse(paste: Paste, beside: Beside) -> Analysis:
    exchange = paste.chosen
    about = says(exchange.answer)
    notes = tuple(Finding(note, True) for note in paste.notes)
    if of_sts := sts_finding(exchange.answer):  # its requests aren't signed: the token is the proof
        return Analysis(exchange, about, Signature.ABSENT, None, (of_sts,), notes)
    if exchange.request is None:
        findings = by_answer(about)
        return Analysis(exchange, about, Signature.ABSENT, gate_of(about, Signature.UNKNOWN, findings), findings, notes)
    if beside.canonical_request:
        paste = replace(paste, signer=replace(paste.signer, canonical_request=beside.canonical_request))
    received = as_received(exchange.request, beside.body, paste.signer)
    return of_request(paste, beside, about, received, notes)


def of_request(paste: Paste, beside: Beside, about: Says, received: AsReceived, notes: tuple[Finding, ...]) -> Analysis:
    request = received.request
    examined, region, more = examination(request, received.whole, aws_time(paste.chosen.answer), beside)
    notes += received.notes + more if about in SIGNATURE_COUNTS else ()
    claim = examined.claim
    if claim is None:
        findings = lost_by_redirect(paste) or decide(about, Signature.ABSENT, examined.findings, Compared(), "")
        if paste.notes:  # the signature was left out of the paste, not of the request
            findings = by_answer(about)
        gate = gate_of(about, Signature.ABSENT, findings)
        return Analysis(paste.chosen, about, Signature.ABSENT, gate, findings, notes)
    canonical = canonical_request(request, claim).text if received.whole else None
    compared = compare(request, claim, region, canonical, paste.signer) if canonical else Compared()
    signature = state_of(examined)
    findings = (*examined.findings, *key_mistakes(claim, examined.findings))
    findings = decide(about, signature, findings, compared, shown_key(claim))
    signed = examined.diagnosis.signed if examined.diagnosis else None
    return Analysis(
        exchange=paste.chosen,
        about=about,
        signature=signature,
        gate=gate_of(about, signature, findings),
        findings=findings,
        notes=notes + outcome(about, signature, findings, claim, canonical, paste.chosen.answer),
        claim=claim,
        canonical_request=canonical,
        string_to_sign=string_to_sign(canonical, claim.amz_date, claim.scope) if canonical else None,
        signed_canonical_request=paste.signer.canonical_request or (signed.text if signed else None),
        difference=compared.difference or (first_difference(canonical, signed.text) if canonical and signed else None),
    )


def examination(
    request: ReceivedRequest, whole: bool, now: datetime | None, beside: Beside
) -> tuple[Examination, str, tuple[Finding, ...]]:
    """What AWS would refuse the request for, the region that it asks for, and notes."""
    notes: list[Finding] = []
    region = region_at(request.header("host") or "", beside.variables)
    claim = examine(request, None, region="").claim
    if claim and region is None:
        region = region_of(claim.scope)
        notes.append(Finding("note_region_assumed", True, {"region": region}))
    comparable = whole and not (claim and claim.signature.endswith("..."))  # as the inspector and this report show it
    if claim and comparable:
        notes.append(key_note(claim, beside.key, beside.source))
    key = beside.key if comparable else None
    found = examine(request, key, region=region or "", now=now, others=beside.others)
    return found, region or "", tuple(notes)


def state_of(examined: Examination) -> Signature:
    if examined.diagnosis is None:
        return Signature.UNKNOWN
    return Signature.WRONG if examined.diagnosis.findings else Signature.RIGHT


def gate_of(about: Says, signature: Signature, findings: tuple[Finding, ...]) -> Gate | None:
    if not findings:
        return None
    if signature is Signature.ABSENT:
        return Gate.CLAIM
    return GATES.get(about, Gate.SIGNATURE)
