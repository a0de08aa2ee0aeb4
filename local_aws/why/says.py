"""What AWS's answer is about. The message decides, not the error type: a wrong clock has the type of a mismatch."""

import re
from datetime import datetime
from enum import StrEnum

from local_aws.iam.claim import parsed_date
from local_aws.why.pastes.record import PastedAnswer
from local_aws.why.sts import sts_finding


class Says(StrEnum):
    """AWS's check that refused, by what its answer says. `NOTHING` where there is no answer."""

    CLOCK = "clock"
    SCOPE = "scope"
    MISMATCH = "mismatch"
    INCOMPLETE = "incomplete"
    KEY = "key"
    TOKEN_EXPIRED = "token expired"  # noqa: S105 - no token
    UNSIGNED = "unsigned"
    DENIED = "denied"
    NOT_AUTHORIZED = "not authorized"
    UNKNOWN_URL = "unknown URL"
    STS = "STS"
    OTHER = "other"
    PASSED = "passed"
    NOTHING = "nothing"


# Answers that leave open whether the signature is right: only for these is it recomputed.
SIGNATURE_COUNTS = (Says.MISMATCH, Says.DENIED, Says.NOTHING)

MESSAGES = (
    ("signature expired|signature not yet current|credential expired", Says.CLOCK),
    ("credential should be scoped|date in credential scope|credential must have|must be a 'signedheader'", Says.SCOPE),
    ("does not match the signature", Says.MISMATCH),
    ("security token included in the request is expired", Says.TOKEN_EXPIRED),
    ("security token included in the request is invalid", Says.KEY),
    ("authorization header requires|query-string parameters must|key=value pair|date must be in", Says.INCOMPLETE),
    ("missing authentication token", Says.UNSIGNED),
    ("is not authorized to perform", Says.NOT_AUTHORIZED),
    ("^null$", Says.UNKNOWN_URL),
    ("^forbidden", Says.DENIED),
)
TYPES = {
    "InvalidSignatureException": Says.MISMATCH,
    "SignatureDoesNotMatch": Says.MISMATCH,
    "IncompleteSignatureException": Says.INCOMPLETE,
    "UnrecognizedClientException": Says.KEY,
    "ExpiredTokenException": Says.TOKEN_EXPIRED,
    "MissingAuthenticationTokenException": Says.UNSIGNED,
    "AccessDeniedException": Says.DENIED,
    "ResourceNotFoundException": Says.OTHER,
    "TooManyRequestsException": Says.OTHER,
    "InvalidRequestContentException": Says.OTHER,
    "RequestEntityTooLargeException": Says.OTHER,
    "RequestTooLargeException": Says.OTHER,
}
AWS_TIME = re.compile(r"\((\d{8}T\d{6}Z) [-+] \d+ min\.\)")


def says(answer: PastedAnswer | None) -> Says:
    if answer is None:
        return Says.NOTHING
    if sts_finding(answer):
        return Says.STS
    message = (answer.message or "").lower()
    for pattern, about in MESSAGES:
        if re.search(pattern, message):
            return about
    if answer.error_type:
        return TYPES.get(answer.error_type, Says.OTHER)
    if answer.status == 403:
        return Says.DENIED
    return Says.NOTHING if answer.status is None else Says.PASSED


def aws_time(answer: PastedAnswer | None) -> datetime | None:
    """AWS's clock: of the message, which names it to the second, else of the Date header."""
    if answer is None:
        return None
    named = AWS_TIME.search(answer.message or "")
    return parsed_date(named[1] if named else answer.date or "")


def sentence(answer: PastedAnswer | None) -> str | None:
    """What AWS says, in one line: error type and message, or the status alone."""
    if answer is None:
        return None
    parts = [part for part in (answer.error_type, answer.message) if part]
    return ": ".join(parts) or (str(answer.status) if answer.status else None)
