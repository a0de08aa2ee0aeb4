"""Notes beside the findings: what was used to recompute the signature, and what it came to where nothing is wrong."""

from local_aws.iam.callers import Caller
from local_aws.iam.checks import WINDOW
from local_aws.iam.claim import ISO_8601, Claim, moved
from local_aws.iam.diagnosis import SigningKey
from local_aws.reasons import Finding
from local_aws.why.decide import Signature, shown_key
from local_aws.why.pastes.record import PastedAnswer
from local_aws.why.says import Says


def key_note(claim: Claim, key: Caller | str | SigningKey | None, source: str) -> Finding:
    date = claim.amz_date[:8]
    if key is None:
        return Finding("note_no_secret", True, {"key": shown_key(claim), "date": date})
    if isinstance(key, SigningKey):
        return Finding("note_signing_key", True, {"date": date})
    return Finding("note_secret", True, {"source": source})


def outcome(
    about: Says,
    signature: Signature,
    findings: tuple[Finding, ...],
    claim: Claim,
    canonical_request: str | None,
    answer: PastedAnswer | None,
) -> tuple[Finding, ...]:
    """What is left to say of a request in which nothing wrong was found. `canonical_request` where it is whole."""
    if about is Says.PASSED and answer:
        return (Finding("note_not_refused", True, {"status": str(answer.status)}),)
    if findings:
        return ()
    unknown = "note_not_compared" if canonical_request else "note_nothing_to_check"
    outcome = Finding("note_nothing_wrong" if signature is Signature.RIGHT else unknown, True)
    if claim.expires_seconds is None:
        return (outcome,)
    # When a presigned URL was used, the paste alone doesn't say.
    window = {"start": claim.amz_date, "end": moved(claim.date, WINDOW).strftime(ISO_8601)}
    return (outcome, Finding("note_presigned_window", True, window))
