"""What the log says about a 403 from AWS, which tells the caller little: where to look first, by its error type."""

import httpx

HINTS = {
    "AccessDeniedException": (
        "the caller's policy must allow both lambda:InvokeFunctionUrl and lambda:InvokeFunction on this function"
    ),
    "InvalidSignatureException": (
        "check AWS_SECRET_ACCESS_KEY and the clock, and that nothing behind the edge changes the request"
    ),
    "UnrecognizedClientException": (
        "AWS doesn't know AWS_ACCESS_KEY_ID, or AWS_SESSION_TOKEN is missing or belongs to another key"
    ),
    "ExpiredTokenException": "the temporary credentials have expired: get new ones",
    "IncompleteSignatureException": "the Authorization header didn't arrive whole: look at what is behind the edge",
}
MAX_CHARACTERS = 100  # of an error type in the log: AWS's have at most 50


def hint(response: httpx.Response) -> str | None:
    """A sentence for the log where AWS refused the call, None otherwise. A function's own 403 has no error type."""
    if response.status_code != 403:
        return None
    error_type = response.headers.get("x-amzn-errortype", "").partition(":")[0][:MAX_CHARACTERS]
    if not error_type:
        return None
    return f"AWS refused the call ({error_type}): {HINTS.get(error_type, 'AWS documents what it means')}"
