"""The checks of a signature, in AWS's order: `verify` stops at the first that refuses.

Permissions are evaluated afterwards, in `decision.py`.
Source: AWS IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
"""

from datetime import datetime, timedelta

from local_aws.iam.callers import Caller, is_access_key_id
from local_aws.iam.canonical import SERVICE, canonical_request, is_claimed, signature, signing_key, string_to_sign
from local_aws.iam.claim import ALGORITHM, ISO_8601, Claim, moved
from local_aws.iam.diagnosis import diagnose
from local_aws.iam.suspicions import clock_findings, facts, scope_findings
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest
from local_aws.refusals import (
    expired_token,
    fact,
    incomplete_signature,
    invalid_signature,
    mismatch,
    unrecognized_client,
)

# UNVERIFIED (presigned-expired, presigned-shorter-than-five-minutes) at a Function URL: AWS's API Gateway ignores
# X-Amz-Expires, and takes a presigned URL for as long.
WINDOW = timedelta(minutes=5)


def verify(
    request: ReceivedRequest,
    claim: Claim,
    callers: dict[str, Caller],
    region: str,
    now: datetime,
    hosts: tuple[str, ...] = (),
) -> Caller:
    """The caller whose signature this is. Raises the Refusal that AWS answers."""
    check_date(claim, now)
    check_scope(request, claim, region)
    caller = check_access_key_id(request, claim, callers, region)
    check_signature(request, claim, caller, callers, region, hosts)
    check_session_token(claim, caller, now)
    return caller


def check_date(claim: Claim, now: datetime) -> None:
    def text(moment: datetime) -> str:
        return moment.strftime(ISO_8601)

    earliest, latest = moved(now, -WINDOW), moved(now, WINDOW)
    if claim.date < earliest:
        message = f"{claim.amz_date} is now earlier than {text(earliest)} ({text(now)} - 5 min.)"
        raise invalid_signature(f"Signature expired: {message}", *clock_findings(claim, now))
    if claim.date > latest:
        message = f"{claim.amz_date} is still later than {text(latest)} ({text(now)} + 5 min.)"
        raise invalid_signature(f"Signature not yet current: {message}", *clock_findings(claim, now))


def check_scope(request: ReceivedRequest, claim: Claim, region: str) -> None:
    if "host" not in claim.signed_headers:
        # UNVERIFIED (host-not-signed)
        message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        raise invalid_signature(message, fact("host_not_signed"))
    if claim.algorithm != ALGORITHM:
        # UNVERIFIED (another-algorithm)
        message = f"Unsupported AWS 'algorithm': '{claim.algorithm}' (only {ALGORITHM} for now). "
        raise incomplete_signature(message, None, fact("algorithm", came=claim.algorithm, expected=ALGORITHM))
    parts = claim.credential.split("/")
    if len(parts) != 5:
        message = (
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{claim.credential}'"
        )
        raise incomplete_signature(message, None, fact("credential_parts", came=str(len(parts))))
    wrong = wrong_scope(parts[1:], claim.amz_date, region)
    if wrong:
        findings = scope_findings(request, [finding for _, finding in wrong], region)
        raise invalid_signature("".join(sentence for sentence, _ in wrong), *findings)


def wrong_scope(scope: list[str], amz_date: str, expected_region: str) -> list[tuple[str, Finding]]:
    """AWS's sentence for each part of the credential scope that is wrong, and a finding for each.

    UNVERIFIED (another-region, another-service, another-terminator, another-date-in-the-scope) at a Function URL.
    """
    date, region, service, terminator = scope
    day, end = amz_date[:8], "aws4_request"
    another_end = f"Credential should be scoped with a valid terminator: '{end}', not '{terminator}'. "
    another_date = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
    parts = (
        ("scope_region", region, expected_region, f"Credential should be scoped to a valid region, not '{region}'. "),
        ("scope_service", service, SERVICE, f"Credential should be scoped to correct service: '{SERVICE}'. "),
        ("scope_terminator", terminator, end, another_end),
        ("scope_date", date, day, f"{another_date}'{date}' != '{day}', from '{amz_date}'."),
    )
    return [(text, fact(code, came=came, expected=wanted)) for code, came, wanted, text in parts if came != wanted]


def check_access_key_id(request: ReceivedRequest, claim: Claim, callers: dict[str, Caller], region: str) -> Caller:
    if claim.access_key_id in callers:
        return callers[claim.access_key_id]
    for caller in callers.values():
        if is_claimed(claim, computed_signature(request, claim, caller, region)):
            raise unrecognized_client(fact("access_key_differs", caller=caller.name, expected=caller.access_key_id))
    if is_access_key_id(claim.access_key_id):
        raise unrecognized_client(fact("access_key_unknown", came=claim.access_key_id))
    if claim.access_key_id.strip(" \t\"'").upper() in callers:
        raise unrecognized_client(fact("access_key_spelled", came=claim.access_key_id))
    # It isn't shown: where somebody took one for the other, it is the secret.
    raise unrecognized_client(fact("access_key_malformed"))


def computed_signature(request: ReceivedRequest, claim: Claim, caller: Caller, region: str) -> str:
    date = claim.amz_date[:8]
    scope = f"{date}/{region}/{SERVICE}/aws4_request"
    text = string_to_sign(canonical_request(request, claim).text, claim.amz_date, scope)
    return signature(signing_key(caller.secret_access_key, date, region, SERVICE), text)


def check_signature(
    request: ReceivedRequest,
    claim: Claim,
    caller: Caller,
    callers: dict[str, Caller],
    region: str,
    hosts: tuple[str, ...],
) -> None:
    if facts(request, claim) or not is_claimed(claim, computed_signature(request, claim, caller, region)):
        found = diagnose(request, claim, caller, region=region, others=callers.values(), hosts=hosts)
        raise mismatch(*found.findings)


def check_session_token(claim: Claim, caller: Caller, now: datetime | None) -> None:
    if claim.session_token is None and caller.session_token is not None:
        raise unrecognized_client(fact("token_missing", caller=caller.name))
    if claim.session_token is not None and caller.session_token is None:
        raise unrecognized_client(fact("token_not_expected", caller=caller.name))
    if claim.session_token != caller.session_token:
        raise unrecognized_client(fact("token_of_another", caller=caller.name))
    if caller.expires_at is not None and now is not None and caller.expires_at <= now:
        raise expired_token(fact("token_expired", caller=caller.name, expires_at=caller.expires_at.strftime(ISO_8601)))
