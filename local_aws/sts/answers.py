"""The answers of STS, as XML: the credentials, and each refusal in AWS's words with the findings that explain it.

UNVERIFIED marks sentences that no report of AWS confirms, as of 2026-11, and names the case of conformance/.
Source: AWS STS API Reference, "AssumeRoleWithWebIdentity".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from local_aws.iam.callers import Caller
from local_aws.reasons import Finding

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
Elements = Mapping[str, "str | Elements"]

not_in_xml = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]").sub

NOT_A_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)
NO_PROVIDER = "No OpenIDConnect provider found in your account for {issuer}"
WRONG_AUDIENCE = "Incorrect token audience"
EXPIRED = "Token expired: current date/time {now} must be before the expiration date/time{exp}"
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
MISSING_CLAIM = "Missing a required claim: {claim}"  # UNVERIFIED (sts-without-a-claim)
# UNVERIFIED (sts-unsigned-token, sts-symmetric-token)
UNSUPPORTED_ALGORITHM = "The ID Token is signed with an unsupported algorithm"
UNSUPPORTED_HEADER = "The ID Token has an unsupported header"  # UNVERIFIED (sts-token-with-a-key)
WRONG_SIGNATURE = "The ID Token's signature is invalid"  # UNVERIFIED (sts-wrong-signature)
NOT_YET_VALID = "The ID Token is not yet valid"  # UNVERIFIED (sts-token-of-tomorrow)
UNREACHABLE = "Error communicating with the identity provider"  # UNVERIFIED (sts-unreachable-issuer)


class StsRefusal(Exception):
    def __init__(self, status: int, code: str, message: str, *findings: Finding) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.findings = status, code, message, findings


def invalid_token(message: str, finding: Finding) -> StsRefusal:
    return StsRefusal(400, "InvalidIdentityToken", message, finding)


@dataclass(frozen=True)
class Granted:
    """What the answer says besides the caller's credentials."""

    caller: Caller
    expires_at: datetime
    subject: str
    audience: str
    provider: str


def granted_body(granted: Granted, request_id: str) -> bytes:
    caller = granted.caller
    result: Elements = {
        "SubjectFromWebIdentityToken": granted.subject,
        "Audience": granted.audience,
        "AssumedRoleUser": {"Arn": caller.user_arn, "AssumedRoleId": caller.user_id},
        "Credentials": {
            "AccessKeyId": caller.access_key_id,
            "SecretAccessKey": caller.secret_access_key,
            "SessionToken": caller.session_token or "",
            "Expiration": granted.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "Provider": granted.provider,
    }
    return document(
        "AssumeRoleWithWebIdentityResponse",
        {"AssumeRoleWithWebIdentityResult": result, "ResponseMetadata": {"RequestId": request_id}},
    )


def refused_body(refusal: StsRefusal, request_id: str) -> bytes:
    error = {"Type": "Sender", "Code": refusal.code, "Message": refusal.message}
    return document("ErrorResponse", {"Error": error, "RequestId": request_id})


def document(name: str, elements: Elements) -> bytes:
    return f'<{name} xmlns="{NAMESPACE}">{xml(elements)}</{name}>\n'.encode()


def xml(content: Elements | str) -> str:
    if isinstance(content, str):
        return escape(not_in_xml("\ufffd", content))
    return "".join(f"<{name}>{xml(inner)}</{name}>" for name, inner in content.items())
