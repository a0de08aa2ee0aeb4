"""AWS's answer and the recomputed signature decide together: neither of them alone does.

Right and mismatch: AWS got another request. Right and denied: permission, or the Authorization never arrived.
Wrong and denied: AWS never compared this signature. Wrong and mismatch: the mistake, or the comparison.
"""

from enum import StrEnum

from local_aws.iam.callers import is_access_key_id
from local_aws.iam.claim import Claim
from local_aws.reasons import Finding
from local_aws.why.comparison import Compared
from local_aws.why.pastes.botocore_log import NOT_LOGGED
from local_aws.why.pastes.record import Paste
from local_aws.why.says import Says


class Signature(StrEnum):
    """`UNKNOWN`: the secret, the body or the request line is missing."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    ABSENT = "absent"


# The findings of checks that AWS makes before it compares signatures: the answer says whether they were passed.
CLOCK = ("expired", "not_yet_current", "presigned_expired", "local_time")
SCOPE = (
    "scope_region",
    "scope_service",
    "scope_swapped",
    "scope_guessed_from_host",
    "scope_terminator",
    "scope_date",
    "host_not_signed",
    "credential_parts",
)
# Answers that need no request to be understood.
BY_ANSWER = {
    Says.CLOCK: "why_clock",
    Says.SCOPE: "why_scope",
    Says.MISMATCH: "why_mismatch_unknown",
    Says.INCOMPLETE: "why_incomplete",
    Says.KEY: "why_key_unknown",
    Says.TOKEN_EXPIRED: "why_token_expired",
    Says.UNKNOWN_URL: "why_unknown_url",
    Says.UNSIGNED: "not_signed",
    Says.DENIED: "why_denied",
    Says.NOT_AUTHORIZED: "why_not_authorized",
    Says.OTHER: "why_not_a_signature",
}
OF_THE_KEY = ("access_key_malformed", "token_missing", "token_of_another", "why_token_missing")
SURE = (Says.CLOCK, Says.SCOPE, Says.TOKEN_EXPIRED, Says.UNKNOWN_URL, Says.UNSIGNED, Says.NOT_AUTHORIZED)


def by_answer(about: Says) -> tuple[Finding, ...]:
    """What the answer alone says."""
    code = BY_ANSWER.get(about)
    return (Finding(code, about in SURE),) if code else ()


def decide(
    about: Says, signature: Signature, found: tuple[Finding, ...], compared: Compared, access_key_id: str
) -> tuple[Finding, ...]:
    """The findings to show. `found` are those of the request, `compared` those of the signer's own text."""
    of_the_signer = compared_findings(compared, signature)
    before = tuple(finding for finding in found if finding.code in CLOCK + SCOPE)
    rest = tuple(finding for finding in found if finding not in before)
    if about is Says.PASSED:
        return ()
    if about is Says.NOTHING:
        return (*before, *with_comparison(rest, of_the_signer))
    if about in (Says.CLOCK, Says.SCOPE):
        wanted = CLOCK if about is Says.CLOCK else SCOPE
        return tuple(finding for finding in before if finding.code in wanted) or by_answer(about)
    if about is Says.MISMATCH:
        return mismatch(signature, rest, of_the_signer, access_key_id)
    if about is Says.DENIED:
        return denied(signature, rest)
    if about is Says.KEY:
        return tuple(finding for finding in rest if finding.code in OF_THE_KEY) or by_answer(about)
    if about in (Says.INCOMPLETE, Says.UNSIGNED):
        return rest or by_answer(about)
    return by_answer(about)


def mismatch(
    signature: Signature, found: tuple[Finding, ...], compared: tuple[Finding, ...], access_key_id: str
) -> tuple[Finding, ...]:
    if signature is Signature.RIGHT:
        secret = Finding("why_secret_not_of_the_key", False, {"key": access_key_id})
        return (*found, Finding("why_arrived_differently", False), secret)
    return with_comparison(found, compared) or by_answer(Says.MISMATCH)


def with_comparison(found: tuple[Finding, ...], compared: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The comparison takes the place of the general finding, which only says that something differs."""
    named = tuple(finding for finding in found if finding.code != "unknown_mistake")
    return named or compared or found


def compared_findings(compared: Compared, signature: Signature) -> tuple[Finding, ...]:
    """Where the signer's canonical request is AWS's, only the secret is left."""
    if compared.differs is False and signature is Signature.WRONG:
        return (Finding("why_secret_differs", True),)
    if compared.differs is False and signature is Signature.UNKNOWN:
        return (Finding("why_secret_suspected", False),)
    return compared.findings


def denied(signature: Signature, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if signature is Signature.ABSENT:
        return found
    if signature is Signature.RIGHT:
        codes = ("why_not_allowed", "why_authorization_lost", "why_other_denial")
        return tuple(Finding(code, False) for code in codes)
    if signature is Signature.WRONG:
        return (Finding("why_answer_of_another", False), *found)
    return (Finding("why_denied_unknown", False), *found)


def key_mistakes(claim: Claim, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What the access key ID alone shows. AWS's IDs of temporary credentials begin with ASIA."""
    if not is_access_key_id(claim.access_key_id):
        return () if claim.access_key_id == NOT_LOGGED else (Finding("access_key_malformed", True),)
    known = any(finding.code == "token_missing" for finding in found)
    if known or claim.session_token or not claim.access_key_id.startswith("ASIA"):
        return ()
    return (Finding("why_token_missing", True, {"key": claim.access_key_id}),)


def shown_key(claim: Claim) -> str:
    """The access key ID; nothing of it where it is malformed, since it may be the secret in its place."""
    known = is_access_key_id(claim.access_key_id) or claim.access_key_id == NOT_LOGGED
    return claim.access_key_id if known else "(malformed)"


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
