"""AWS's refusals, word for word: status, error type and body, each with the findings that explain it.

Mind the key: `Message` for authorization, `message` for the signature, as AWS writes them.
Source: live captures and reports, as of 2026-11. UNVERIFIED marks what no source confirms, and names the
case of conformance/ that would settle it.
"""

from base64 import b64encode
from hashlib import sha256

from local_aws.errors import Refusal
from local_aws.iam.decision import Decision
from local_aws.reasons import Finding

MAX_EVENT_BYTES = 6_291_456  # AWS Lambda Developer Guide, "Lambda quotas", as of 2026-11

FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
UNKNOWN_TOKEN = "The security token included in the request is invalid."  # noqa: S105 - AWS's sentence, no token
# UNVERIFIED (session-expired) at a Function URL; seen at the Lambda API.
EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105
TOO_LARGE = f"Request must be smaller than {MAX_EVENT_BYTES} bytes for the InvokeFunction operation"

# UNVERIFIED (unknown-key, session-token-missing, session-token-of-another, session-token-not-expected): the type at a
# Function URL; seen at the Lambda API.
UNKNOWN_KEY_TYPE = "UnrecognizedClientException"
# UNVERIFIED (request-of-6-mb-as-base64, request-of-7-mb): type and body of a 413.
TOO_LARGE_TYPE = "RequestEntityTooLargeException"
TOO_LARGE_BODY = {"Message": TOO_LARGE}
THROTTLED_BODY = {"message": "Rate Exceeded."}  # UNVERIFIED (throttled)


def fact(code: str, **details: str) -> Finding:
    """A finding that the request itself shows."""
    return Finding(code, True, details)


def forbidden(*findings: Finding) -> Refusal:
    """Unsigned, or signed by a caller whose policies don't allow the call."""
    return Refusal(403, "AccessDeniedException", {"Message": FORBIDDEN}, *findings)


def unknown_url(host: str, expected: str) -> Refusal:
    finding = fact("unknown_function_url", came=host, expected=expected)
    return Refusal(403, "AccessDeniedException", {"Message": None}, finding)


def invalid_signature(message: str, *findings: Finding) -> Refusal:
    return Refusal(403, "InvalidSignatureException", {"message": message}, *findings)


def mismatch(*findings: Finding) -> Refusal:
    return invalid_signature(MISMATCH, *findings)


def incomplete_signature(message: str, authorization: str | None, *findings: Finding) -> Refusal:
    """AWS names the header's hash, not the header: no signature comes back in an answer.

    UNVERIFIED (authorization-without-signature, no-date, date-malformed, credential-of-four-parts): the sentences at a
    Function URL; seen at other services, as those of the scope are.
    """
    if authorization is not None:
        message = f"{message} (Hashed with SHA-256 and encoded with Base64) Authorization={hash_of(authorization)}"
    return Refusal(403, "IncompleteSignatureException", {"message": message}, *findings)


def hash_of(authorization: str) -> str:
    return b64encode(sha256(authorization.encode("utf-8", "surrogateescape")).digest()).decode()


def unrecognized_client(*findings: Finding) -> Refusal:
    return Refusal(403, UNKNOWN_KEY_TYPE, {"message": UNKNOWN_TOKEN}, *findings)


def expired_token(*findings: Finding) -> Refusal:
    return Refusal(403, "ExpiredTokenException", {"message": EXPIRED_TOKEN}, *findings)


# UNVERIFIED (malformed-target, control-character-in-a-header): AWS's answer to a malformed head.
MALFORMED = {"message": "Bad Request"}


def malformed_target(path: str) -> Refusal:
    return Refusal(400, "BadRequestException", MALFORMED, fact("malformed_target", came=path))


def malformed_header(name: str) -> Refusal:
    return Refusal(400, "BadRequestException", MALFORMED, fact("malformed_header", name=name))


def throttled(finding: Finding) -> Refusal:
    return Refusal(429, "TooManyRequestsException", THROTTLED_BODY, finding)


def too_large(finding: Finding) -> Refusal:
    return Refusal(413, TOO_LARGE_TYPE, TOO_LARGE_BODY, finding)


# The Lambda API's own, for the Invoke API.


def missing_token(*findings: Finding) -> Refusal:
    """UNVERIFIED (invoke-unsigned)"""
    return Refusal(403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"}, *findings)


def too_many_requests(*findings: Finding) -> Refusal:
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    body = {"Reason": reason, "Type": "User", "message": "Rate Exceeded."}
    return Refusal(429, "TooManyRequestsException", body, *findings)


def not_authorized(user_arn: str, account_id: str, decision: Decision) -> Refusal:
    """After an explicit deny AWS names the policy; here each file counts as a managed policy."""
    because = f"because no identity-based policy allows the {decision.action} action"
    if decision.deciding and decision.explicit_deny:
        name = decision.deciding.statement.policy.removesuffix(".json")
        because = f"with an explicit deny in an identity-based policy: arn:aws:iam::{account_id}:policy/{name}"
    message = (
        f"User: {user_arn} is not authorized to perform: {decision.action} on resource: {decision.resource} {because}"
    )
    return Refusal(403, "AccessDeniedException", {"Message": message}, decision.finding())


def function_not_found(arn: str, expected: str) -> Refusal:
    """UNVERIFIED (invoke-unknown-function): the sentence."""
    body = {"Type": "User", "Message": f"Function not found: {arn}"}
    return Refusal(404, "ResourceNotFoundException", body, fact("function_not_found", came=arn, expected=expected))


def another_qualifier(in_path: str, given: str) -> Refusal:
    """UNVERIFIED (invoke-two-qualifiers): the sentence."""
    message = "The derived qualifier from the function name does not match the specified qualifier."
    finding = fact("another_qualifier", came=given, expected=in_path)
    return Refusal(400, "InvalidParameterValueException", {"Type": "User", "message": message}, finding)


def invalid_request_content(detail: str) -> Refusal:
    message = f"Could not parse request body into json: Could not parse payload into json: {detail}"
    body = {"Type": "User", "message": message}
    return Refusal(400, "InvalidRequestContentException", body, fact("event_not_json"))


def invalid_invocation_type(given: str) -> Refusal:
    """AWS knows Event and DryRun too. UNVERIFIED (invoke-unknown-type): its answer to a type that it doesn't know."""
    body = {"Type": "User", "message": f"InvocationType {given!r} is not supported"}
    return Refusal(400, "InvalidParameterValueException", body, fact("invocation_type", came=given))
