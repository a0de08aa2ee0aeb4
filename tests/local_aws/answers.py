"""What AWS answers to a request that it refuses, written down apart from the code that has to say it."""

import json

import httpx

Body = dict[str, str | None]
Refusal = tuple[int, str, Body]

FORBIDDEN: Refusal = (
    403,
    "AccessDeniedException",
    {
        "Message": "Forbidden. For troubleshooting Function URL authorization issues, see: "
        "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
    },
)
MISMATCH: Refusal = (
    403,
    "InvalidSignatureException",
    {
        "message": "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details."
    },
)
INVALID_TOKEN: Refusal = (
    403,
    "UnrecognizedClientException",
    {"message": "The security token included in the request is invalid."},
)
EXPIRED_TOKEN: Refusal = (
    403,
    "ExpiredTokenException",
    {"message": "The security token included in the request is expired"},
)
UNKNOWN_URL: Refusal = (403, "AccessDeniedException", {"Message": None})
THROTTLED: Refusal = (429, "TooManyRequestsException", {"message": "Rate Exceeded."})
TOO_LARGE: Refusal = (
    413,
    "RequestEntityTooLargeException",
    {"Message": "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
)


def invalid_signature(message: str) -> Refusal:
    return 403, "InvalidSignatureException", {"message": message}


def incomplete_signature(message: str) -> Refusal:
    return 403, "IncompleteSignatureException", {"message": message}


def assert_refused(response: httpx.Response, refusal: Refusal) -> None:
    """Status, x-amzn-ErrorType and body to the letter, with the headers of a refusal."""
    status, error_type, body = refusal
    assert (response.status_code, response.headers.get("x-amzn-errortype")) == (status, error_type), response.text
    assert response.content == json.dumps(body, separators=(",", ":")).encode()
    assert response.headers["content-type"] == "application/json"
    assert "x-amzn-requestid" in response.headers
    assert "x-amzn-trace-id" not in response.headers
