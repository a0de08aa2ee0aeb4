"""Verifies SigV4 in AWS's order of checks, with botocore: never with the project's own signer.

It tells whose signature it is; what the caller may do is `policy.py`'s.
Source: AWS IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
"""

import re
from datetime import datetime, timedelta
from hashlib import sha256

from local_aws.iam.callers import Caller, is_access_key_id
from local_aws.iam.claim import ALGORITHM, ISO_8601, Claim
from local_aws.iam.diagnosis import explanation
from local_aws.iam.recomputed import SERVICE, RecomputedSignature
from local_aws.received import ReceivedRequest
from local_aws.refusals import (
    expired_token,
    incomplete_signature,
    invalid_signature,
    mismatch,
    unrecognized_client,
)

WINDOW = timedelta(minutes=5)

has_stray_bytes = re.compile(r"[\udc80-\udcff]").search


def verify(request: ReceivedRequest, claim: Claim, callers: dict[str, Caller], region: str, now: datetime) -> Caller:
    """The caller whose signature this is. Raises the Refusal that AWS answers, checked in AWS's order."""
    check_date(claim, now)
    check_scope(claim, region)
    caller = check_access_key_id(claim, callers)
    check_signature(request, claim, caller, callers, region)
    check_session_token(claim, caller, now)
    return caller


def check_date(claim: Claim, now: datetime) -> None:
    def text(moment: datetime) -> str:
        return moment.strftime(ISO_8601)

    window = timedelta(seconds=claim.expires_seconds) if claim.expires_seconds else WINDOW
    minutes = int(window.total_seconds() // 60)
    if claim.date < now - window:
        message = f"{claim.amz_date} is now earlier than {text(now - window)} ({text(now)} - {minutes} min.)"
        raise invalid_signature(f"Signature expired: {message}", "signed too long ago: sign each request anew")
    if claim.date > now + WINDOW:
        message = f"{claim.amz_date} is still later than {text(now + WINDOW)} ({text(now)} + 5 min.)"
        raise invalid_signature(f"Signature not yet current: {message}", "signed in the future: set the caller's clock")


def check_scope(claim: Claim, region: str) -> None:
    if "host" not in claim.signed_headers:
        message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        raise invalid_signature(message, "host is not among the signed headers")
    if claim.algorithm != ALGORITHM:
        message = f"Unsupported AWS 'algorithm': '{claim.algorithm}'."  # UNVERIFIED: the sentence
        raise incomplete_signature(message, None, f"the algorithm is {claim.algorithm!r}: only {ALGORITHM} is taken")
    parts = claim.credential.split("/")
    if len(parts) != 5:
        message = (
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{claim.credential}'"
        )
        raise incomplete_signature(message, None, f"the credential has {len(parts)} parts, not 5")
    wrong = wrong_parts_of_scope(parts, claim.amz_date, region)
    if wrong:
        raise invalid_signature("".join(wrong), "wrong credential scope: " + "".join(wrong).strip())


def wrong_parts_of_scope(parts: list[str], amz_date: str, region: str) -> list[str]:
    """AWS's sentence for each part that is wrong."""
    _, date, scope_region, service, terminator = parts
    wrong = []
    if scope_region != region:
        wrong.append(f"Credential should be scoped to a valid region, not '{scope_region}'. ")
    if service != SERVICE:
        wrong.append(f"Credential should be scoped to correct service: '{SERVICE}'. ")
    if terminator != "aws4_request":
        wrong.append(f"Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'. ")
    if date != amz_date[:8]:
        wrong.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{amz_date[:8]}', from '{amz_date}'."
        )
    return wrong


def check_access_key_id(claim: Claim, callers: dict[str, Caller]) -> Caller:
    if claim.access_key_id in callers:
        return callers[claim.access_key_id]
    if is_access_key_id(claim.access_key_id):
        raise unrecognized_client(f"no caller in callers.toml has the access key ID {claim.access_key_id}")
    # It isn't shown: where somebody took one for the other, it is the secret.
    raise unrecognized_client("what stands for the access key ID is none: is it the secret access key?")


def check_signature(
    request: ReceivedRequest, claim: Claim, caller: Caller, callers: dict[str, Caller], region: str
) -> None:
    announced = request.header("x-amz-content-sha256")
    if announced == "UNSIGNED-PAYLOAD":
        raise mismatch("the payload is unsigned, which Lambda doesn't take: sign the body's SHA-256")
    if announced is not None and announced != sha256(request.body).hexdigest():
        raise mismatch("x-amz-content-sha256 is not the SHA-256 of the body that came: send the body that was hashed")
    for name in claim.signed_headers:
        if has_stray_bytes("".join(request.values(name))):  # UNVERIFIED: what AWS makes of them
            raise mismatch(
                f"the signed header {name!r} has bytes that are no UTF-8: percent-encode them, or leave it out"
            )
    recomputed = RecomputedSignature(request, claim, region)
    if not recomputed.matches(recomputed.text, caller.secret_access_key):
        raise mismatch(explanation(request, claim, caller, callers.values(), recomputed))


def check_session_token(claim: Claim, caller: Caller, now: datetime) -> None:
    if claim.session_token is None and caller.session_token is not None:
        raise unrecognized_client(f"the key of {caller.name} is temporary: send its x-amz-security-token")
    if claim.session_token != caller.session_token:
        raise unrecognized_client(f"the x-amz-security-token does not belong to the key of {caller.name}")
    if caller.expires_at is not None and caller.expires_at <= now:
        raise expired_token(f"the session token of {caller.name} expired: fetch new temporary credentials")
