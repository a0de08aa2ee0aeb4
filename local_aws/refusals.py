"""AWS's refusals, word for word: status, error type and body, each with the reason that only the log tells.

Mind the key: `Message` for authorization, `message` for the signature, as AWS writes them.
Source: live captures and reports, as of 2026-11. What no source proves is marked UNVERIFIED: a live call settles it.
"""

from base64 import b64encode
from hashlib import sha256

from local_aws.errors import Refusal
from local_aws.iam.policy import Denial

FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
UNKNOWN_TOKEN = "The security token included in the request is invalid."  # noqa: S105 - AWS's sentence, no token
EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105
TOO_LARGE = "Request must be smaller than 6291456 bytes for the InvokeFunction operation"

# UNVERIFIED: the error type of an unknown key and of a 413, and the body of a 429 and a 413.
UNKNOWN_KEY_TYPE = "UnrecognizedClientException"
TOO_LARGE_TYPE = "RequestTooLargeException"
THROTTLED_BODY: dict[str, str | None] = {"message": "Rate Exceeded."}
TOO_LARGE_BODY: dict[str, str | None] = {"Message": TOO_LARGE}


def forbidden(reason: str) -> Refusal:
    """Unsigned, or signed by a caller whose policies don't allow it."""
    return Refusal(403, "AccessDeniedException", {"Message": FORBIDDEN}, reason)


def unknown_url(host: str) -> Refusal:
    return Refusal(403, "AccessDeniedException", {"Message": None}, f"no function has the Function URL {host!r}")


def invalid_signature(message: str, reason: str) -> Refusal:
    return Refusal(403, "InvalidSignatureException", {"message": message}, reason)


def mismatch(reason: str) -> Refusal:
    return invalid_signature(MISMATCH, reason)


def incomplete_signature(message: str, authorization: str | None, reason: str) -> Refusal:
    """AWS names the header's hash, not the header: nobody's signature comes back in an answer."""
    if authorization is not None:
        digest = b64encode(sha256(authorization.encode("utf-8", "surrogateescape")).digest()).decode()
        message = f"{message} (Hashed with SHA-256 and encoded with Base64) Authorization={digest}"
    return Refusal(403, "IncompleteSignatureException", {"message": message}, reason)


def unrecognized_client(reason: str) -> Refusal:
    return Refusal(403, UNKNOWN_KEY_TYPE, {"message": UNKNOWN_TOKEN}, reason)


def expired_token(reason: str) -> Refusal:
    return Refusal(403, "ExpiredTokenException", {"message": EXPIRED_TOKEN}, reason)


def malformed_target(path: str) -> Refusal:
    body: dict[str, str | None] = {"message": "Bad Request"}  # UNVERIFIED: all of it
    reason = f"the request line has {path!r}: a path begins with / there, and a # has no place in it"
    return Refusal(400, "BadRequestException", body, reason)


def throttled(reason: str) -> Refusal:
    return Refusal(429, "TooManyRequestsException", THROTTLED_BODY, reason)


def too_large(reason: str) -> Refusal:
    return Refusal(413, TOO_LARGE_TYPE, TOO_LARGE_BODY, reason)


# The Lambda API's own, for the Invoke API.


def missing_token() -> Refusal:
    body: dict[str, str | None] = {"message": "Missing Authentication Token"}
    return Refusal(403, "MissingAuthenticationTokenException", body, "the request is not signed: sign it with SigV4")


def not_authorized(user_arn: str, action: str, resource: str, denial: Denial) -> Refusal:
    because = (
        "with an explicit deny in an identity-based policy"
        if denial.explicit
        else f"because no identity-based policy allows the {action} action"
    )
    message = f"User: {user_arn} is not authorized to perform: {action} on resource: {resource} {because}"
    return Refusal(403, "AccessDeniedException", {"Message": message}, denial.reason)


def function_not_found(arn: str) -> Refusal:
    body: dict[str, str | None] = {"Type": "User", "Message": f"Function not found: {arn}"}
    return Refusal(404, "ResourceNotFoundException", body, f"the stand-in has no function {arn}")


def invalid_request_content(detail: str) -> Refusal:
    body: dict[str, str | None] = {
        "Type": "User",
        "message": f"Could not parse request body into json: {detail}",
    }
    return Refusal(400, "InvalidRequestContentException", body, "the event is not JSON")


def invalid_invocation_type(given: str) -> Refusal:
    """AWS knows Event and DryRun too; UNVERIFIED: its answer to a type that it doesn't know."""
    body: dict[str, str | None] = {"Type": "User", "message": f"InvocationType {given!r} is not supported"}
    return Refusal(400, "InvalidParameterValueException", body, "the stand-in invokes as RequestResponse only")
