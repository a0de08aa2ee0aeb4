"""presign(): a URL that carries its signature in the query, on the same steps as `sigv4.py`.

It signs the host and nothing else of the headers, and a request without a body.
Source: AWS IAM User Guide, "Create a signed AWS API request", "Add the signature to the request".
"""

from datetime import datetime
from urllib.parse import quote, urlsplit

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

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
MAX_EXPIRES_SECONDS = 604_800  # seven days, S3's limit; UNVERIFIED for Function URLs


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
    """The URL signed: until it expires, whoever has it may send this one request. Treat it as a secret.

    `url` is absolute and percent-encoded; an earlier signature in it is replaced.
    Raises SigningError for what can't be signed.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise SigningError("the URL to presign must begin with http:// or https:// and a host, and name no user")
    if not 1 <= expires_seconds <= MAX_EXPIRES_SECONDS:
        raise SigningError(f"expires_seconds is {expires_seconds}: give 1 to {MAX_EXPIRES_SECONDS} (seven days)")
    region, service = region_and_service(parts.hostname, region, service)
    amz_date = format_date(timestamp)
    scope = credential_scope(amz_date, region, service)
    parameters = {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key_id}/{scope}",
        "X-Amz-Date": amz_date,
        "X-Amz-Expires": str(expires_seconds),
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Security-Token": credentials.session_token or "",
        "X-Amz-Signature": "",
    }
    pairs = unambiguous_query(parts.query).split("&")
    pairs = [pair for pair in pairs if pair and pair.partition("=")[0] not in parameters]
    pairs += [f"{name}={quote(value, safe='')}" for name, value in parameters.items() if value]
    target = f"{parts.path or '/'}?{'&'.join(pairs)}"
    host = parts.netloc.removesuffix(DEFAULT_PORTS[parts.scheme])
    canonical, _ = canonical_request(method, target, [("host", host)], b"")
    key = signing_key(credentials, amz_date[:8], region, service)
    signature = calculate_signature(key, string_to_sign(amz_date, scope, canonical))
    return f"{parts.scheme}://{parts.netloc}{target}&X-Amz-Signature={signature}"
