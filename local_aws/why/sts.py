"""What STS's refusal of a web identity token means, by the code and the message of its answer. No token is needed.

Source: AWS STS API Reference, "AssumeRoleWithWebIdentity", section "Errors".
"""

import re

from local_aws.reasons import Finding
from local_aws.why.pastes.record import PastedAnswer

# Error code, a part of the message, the finding, and whether the message alone proves it. The first that fits counts.
REFUSALS = (
    ("InvalidIdentityToken", "not a valid jwt", "why_sts_not_a_jwt", True),
    ("InvalidIdentityToken", "no openidconnect provider", "why_sts_issuer", True),
    ("InvalidIdentityToken", "incorrect token audience", "why_sts_audience", True),
    ("InvalidIdentityToken", "verification key", "why_sts_keys", False),
    ("InvalidIdentityToken", "", "why_sts_token", False),
    ("ExpiredTokenException", "token expired: current", "why_sts_expired", True),
    ("AccessDenied", "sts:assumerolewithwebidentity", "why_sts_trust", False),
    ("IDPCommunicationError", "", "why_sts_unreachable", True),
    ("IDPRejectedClaim", "", "why_sts_rejected", True),
    ("ValidationError", "rolearn|rolesessionname|webidentitytoken|durationseconds", "why_sts_parameter", True),
)
ISSUER = re.compile(r"account for (\S+)")


def sts_finding(answer: PastedAnswer | None) -> Finding | None:
    """None where the answer isn't STS's."""
    if answer is None:
        return None
    message = answer.message or ""
    for code, part, finding, proved in REFUSALS:
        if answer.error_type == code and re.search(part, message, re.IGNORECASE):
            issuer = ISSUER.search(message)
            details = {"issuer": issuer[1] if issuer else ""} if finding == "why_sts_issuer" else {}
            return Finding(finding, proved, details)
    return None
