"""What is wrong with a claim that is missing, or that can't be taken apart: looks at the request alone.

Source: AWS IAM User Guide, "Authenticating Requests: Using the Authorization Header".
"""

import re
from collections.abc import Iterator

from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest

SIGNED_BESIDES = ("x-amz-date", "x-amz-content-sha256", "x-amz-security-token")

has_second_scheme = re.compile(r",\s*(Bearer|Basic|Digest|AWS4-HMAC-SHA256)\b", re.IGNORECASE).search
has_sigv4_inside = re.compile(r"AWS4-HMAC-SHA256", re.IGNORECASE).search
has_folded_line = re.compile(r"[\r\n]").search
has_no_commas = re.compile(r"Credential=[^,\s]+\s+SignedHeaders=", re.IGNORECASE).search


def unsigned_findings(request: ReceivedRequest) -> tuple[Finding, ...]:
    """Why a request counts as unsigned: nobody signed it, or its signature was lost or spoilt on the way."""
    return tuple(unsigned_hints(request)) or (Finding("not_signed", True),)


def unsigned_hints(request: ReceivedRequest) -> Iterator[Finding]:
    authorization = (request.header("authorization") or "").strip()
    names = [name.decode("utf-8", "replace") for name, _ in request.parameters()]
    if has_sigv4_inside(authorization):
        yield Finding("authorization_spoilt", True)
    elif authorization:
        scheme = authorization.split(" ")[0] if " " in authorization else "?"
        yield Finding("authorization_other_scheme", True, {"came": scheme[:20]})
    elif request.header("authorization") is not None:
        yield Finding("authorization_empty", True)
    elif any(name.lower() == "x-amz-signature" for name in names):
        yield Finding("presigned_names_case", True)
    elif any(name.startswith("X-Amz-") for name in names):
        yield Finding("presigned_cut", True)
    else:
        lost = [name for name in SIGNED_BESIDES if request.header(name) is not None]
        if lost:
            yield Finding("not_signed", True)
            yield Finding("authorization_lost", False, {"came": ", ".join(lost)})


def malformed_authorization(authorization: str) -> Finding:
    """A part of the header has no `=`."""
    if has_second_scheme(authorization.partition(" ")[2]):
        return Finding("authorization_joined", True)
    if has_folded_line(authorization):
        return Finding("authorization_line_break", True)
    if not authorization.startswith("AWS4-HMAC-SHA256 "):
        return Finding("authorization_no_space", True)
    if "Signature=" not in authorization:
        return Finding("authorization_cut", True)
    return Finding("authorization_malformed", True)


def incomplete_authorization(authorization: str, missing: list[str]) -> Finding:
    """The header lacks a part. `missing` are AWS's sentences."""
    lower = authorization.lower()
    if has_second_scheme(authorization.partition(" ")[2]) or lower.count("aws4-hmac-sha256") > 1:
        return Finding("authorization_joined", True)
    if has_no_commas(authorization):
        return Finding("authorization_no_commas", True)
    if "signature=" not in lower:
        return Finding("authorization_cut", True)
    spelled = [name for name in ("Credential", "SignedHeaders", "Signature") if f"{name}=" in authorization]
    if len(spelled) < 3 and all(f"{name}=" in lower for name in ("credential", "signedheaders", "signature")):
        return Finding("authorization_names_case", True)
    return Finding("claim_incomplete", True, {"missing": " ".join(missing)})


def incomplete_parameters(names: list[str], missing: list[str]) -> Finding:
    """A presigned URL lacks a parameter."""
    if any(name.startswith("amp;") for name in names):
        return Finding("presigned_html_escaped", True)
    return Finding("presigned_incomplete", True, {"missing": ", ".join(missing)})
