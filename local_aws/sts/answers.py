"""The answers of STS, as XML: the credentials, and each refusal in AWS's words with the findings that explain it.

UNVERIFIED marks sentences that no report of AWS confirms, as of 2026-11, and names the case of conformance/.
Source: AWS STS API Reference, "AssumeRoleWithWebIdentity".
"""

import re
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from local_aws.iam.callers import Caller
from local_aws.reasons import Finding

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

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
    return document(
        "AssumeRoleWithWebIdentityResponse",
        element(
            "AssumeRoleWithWebIdentityResult",
            element("SubjectFromWebIdentityToken", text(granted.subject)),
            element("Audience", text(granted.audience)),
            element(
                "AssumedRoleUser", element("Arn", text(caller.user_arn)), element("AssumedRoleId", text(caller.user_id))
            ),
            element(
                "Credentials",
                element("AccessKeyId", text(caller.access_key_id)),
                element("SecretAccessKey", text(caller.secret_access_key)),
                element("SessionToken", text(caller.session_token or "")),
                element("Expiration", granted.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")),
            ),
            element("Provider", text(granted.provider)),
        ),
        element("ResponseMetadata", element("RequestId", request_id)),
    )


def refused_body(refusal: StsRefusal, request_id: str) -> bytes:
    parts = (element("Type", "Sender"), element("Code", refusal.code), element("Message", text(refusal.message)))
    return document("ErrorResponse", element("Error", *parts), element("RequestId", request_id))


def document(name: str, *parts: str) -> bytes:
    return f'<{name} xmlns="{NAMESPACE}">{"".join(parts)}</{name}>\n'.encode()


def element(name: str, *parts: str) -> str:
    return f"<{name}>{''.join(parts)}</{name}>"


def text(value: str) -> str:
    return escape(not_in_xml("\ufffd", value))
