"""Verifies SigV4 from the bytes that arrived, with botocore: never with the project's own signer.

It tells whose signature it is; what the caller may do is `policy.py`'s.
Source: AWS IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from local_aws.callers import Caller
from local_aws.claim import ALGORITHM, ISO_8601, Claim
from local_aws.diagnosis import explanation
from local_aws.received import ReceivedRequest
from local_aws.refusals import (
    expired_token,
    incomplete_signature,
    invalid_signature,
    mismatch,
    unrecognized_client,
)

WINDOW = timedelta(minutes=5)
SERVICE = "lambda"


def verify(request: ReceivedRequest, claim: Claim, callers: dict[str, Caller], region: str, now: datetime) -> Caller:
    """The caller whose signature this is. Raises the Refusal that AWS answers, checked in AWS's order."""
    check_date(claim, now)
    check_scope(claim, region)
    access_key_id = claim.credential.split("/")[0]
    caller = callers.get(access_key_id)
    if caller is None:
        raise unrecognized_client(f"no caller in callers.toml has the access key ID {access_key_id!r}")
    check_signature(request, claim, caller, region)
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


def check_signature(request: ReceivedRequest, claim: Claim, caller: Caller, region: str) -> None:
    announced = request.header("x-amz-content-sha256")
    if announced == "UNSIGNED-PAYLOAD":
        raise mismatch("the payload is unsigned, which Lambda doesn't take: sign the body's SHA-256")
    if announced is not None and announced != sha256(request.body).hexdigest():
        raise mismatch("the body is not the one that was signed: its SHA-256 differs from x-amz-content-sha256")
    recomputed = RecomputedSignature(request, claim, caller, region)
    canonical_request = recomputed.canonical_request(recomputed.request)
    if not recomputed.matches(canonical_request):
        raise mismatch(explanation(request, claim, caller, canonical_request, recomputed.matches))


def check_session_token(claim: Claim, caller: Caller, now: datetime) -> None:
    if claim.session_token is None and caller.session_token is not None:
        raise unrecognized_client(f"the key of {caller.name} is temporary: send its x-amz-security-token")
    if (claim.session_token or "").encode() != (caller.session_token or "").encode():
        raise unrecognized_client(f"the x-amz-security-token does not belong to the key of {caller.name}")
    if caller.expires_at is not None and caller.expires_at <= now:
        raise expired_token(f"the session token of {caller.name} expired: fetch new temporary credentials")


class RecomputedSignature(SigV4Auth):  # type: ignore[misc]
    """botocore's signer, held to what arrived: exactly the SignedHeaders, the query as the wire has it."""

    def __init__(self, request: ReceivedRequest, claim: Claim, caller: Caller, region: str) -> None:
        super().__init__(Credentials(caller.access_key_id, caller.secret_access_key), SERVICE, region)
        self._received = request
        self._claim = claim
        self.request = AWSRequest(request.method, "http://host" + request.path, data=request.body)
        self.request.context["timestamp"] = claim.amz_date

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """botocore would leave out what stands on its own list, even when the caller signed it."""
        headers = HTTPHeaders()
        for name in self._claim.signed_headers:
            for value in self._received.values(name):
                headers[name] = value
        return headers

    def canonical_query_string(self, request: AWSRequest) -> str:
        """botocore copies a URL's query as it stands, and its params can't hold bytes that are no UTF-8."""
        encoded = sorted(
            (quote(name, safe=""), quote(value, safe=""))
            for name, value in self._received.parameters()
            if name != b"X-Amz-Signature" or self._claim.expires_seconds is None
        )
        return "&".join(f"{name}={value}" for name, value in encoded)

    def matches(self, canonical_request: str) -> bool:
        try:
            text = self.string_to_sign(self.request, canonical_request)
        except UnicodeEncodeError:  # UNVERIFIED: what AWS makes of a signed header that is no UTF-8
            return False
        return hmac.compare_digest(self.signature(text, self.request).encode(), self._claim.signature.encode())
