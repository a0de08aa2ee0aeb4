"""presign(): a URL with its signature in the query, by the steps of `sigv4.py`.

It signs the Host header alone, and a request without a body.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import re
from datetime import datetime
from urllib.parse import quote, unquote_to_bytes

import httpx

from edge_caller.signer.endpoint import region_and_service
from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import (
    ALGORITHM,
    Credentials,
    calculate_signature,
    canonical_request,
    credential_scope,
    format_date,
    signing_key,
    string_to_sign,
)
from edge_caller.signer.target import unambiguous_query

ESCAPE = re.compile("%(?:[0-9A-Fa-f]{2})?")
RESERVED_IN_PATH = "/!$&'()*+,;=:@"  # what a path may hold besides unreserved characters (RFC 3986, section 3.3)
SIGNATURE_PARAMETERS = frozenset(
    f"X-Amz-{name}"
    for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Security-Token", "Signature")
)
MAX_EXPIRES_SECONDS = 604_800  # seven days, AWS's limit
# UNVERIFIED (presigned-expired): a Function URL takes a signature for five minutes, whatever X-Amz-Expires says, as API
# Gateway does.
LAMBDA_EXPIRES_SECONDS = 300


def presign(
    url: str,
    *,
    credentials: Credentials,
    timestamp: datetime,
    expires_seconds: int,
    region: str | None = None,
    service: str | None = None,
    method: str = "GET",
) -> str:
    """The signed URL. Until it expires, whoever has it may send this one request: treat it as a secret.

    Lambda takes it for five minutes at most. An earlier signature is replaced. The URL comes in the one form that every
    client sends: host in lower case, no default port, no dot segments or needless escapes. Raises SigningError.
    """
    parsed = normalized(url)
    region, service = region_and_service(parsed.host, region, service)
    most = LAMBDA_EXPIRES_SECONDS if service == "lambda" else MAX_EXPIRES_SECONDS
    if not 1 <= expires_seconds <= most:
        raise SigningError(f"expires_seconds is {expires_seconds}: give 1 to {most}, the most that {service} takes")
    amz_date = format_date(timestamp)
    scope = credential_scope(amz_date, region, service)
    path, _, query = parsed.raw_path.decode().partition("?")
    parameters = presigned_parameters(credentials, scope, amz_date, expires_seconds)
    target = f"{path}?{with_parameters(query, parameters)}"
    host = parsed.netloc.decode()
    canonical = canonical_request(method.upper(), target, [("host", host)], b"")
    key = signing_key(credentials, amz_date[:8], region, service)
    signature = calculate_signature(key, string_to_sign(amz_date, scope, canonical))
    return f"{parsed.scheme}://{host}{target}&X-Amz-Signature={signature}"


def presigned_parameters(credentials: Credentials, scope: str, amz_date: str, seconds: int) -> dict[str, str]:
    """Everything that a presigned URL says of its signature, but the signature itself."""
    parameters = {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key_id}/{scope}",
        "X-Amz-Date": amz_date,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    if credentials.session_token:
        parameters["X-Amz-Security-Token"] = credentials.session_token
    return parameters


def with_parameters(query: str, parameters: dict[str, str]) -> str:
    """The query with these parameters at its end, and none of an earlier signature."""
    pairs = unambiguous_query(query).split("&")
    pairs = [pair for pair in pairs if pair and pair.partition("=")[0] not in SIGNATURE_PARAMETERS]
    pairs += [f"{name}={quote(value, safe='')}" for name, value in parameters.items()]
    return "&".join(pairs)


def normalized(url: str) -> httpx.URL:
    """The URL as RFC 3986 (section 6.2.2) normalizes it, since some clients do so and others don't."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise SigningError("the URL to presign must begin with http:// or https:// and a host, and name no user")
    path, mark, query = parsed.raw_path.decode().partition("?")
    path = quote(ESCAPE.sub(normalized_escape, path), safe=f"{RESERVED_IN_PATH}%")
    return httpx.URL(f"{parsed.scheme}://{parsed.netloc.decode()}{path}{mark}{query}")


def normalized_escape(escape: re.Match[str]) -> str:
    """`%7e` becomes `~`, `%2f` becomes `%2F`, and a `%` that starts no escape becomes `%25`."""
    return quote(unquote_to_bytes(escape[0]), safe="")
