"""WebIdentity: a role's credentials for a token of the platform, from AWS STS.

The request isn't signed: the token is the proof. It is read again each time, because it expires, too.
Source: AWS STS API Reference, "AssumeRoleWithWebIdentity".
"""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import httpx

from edge_caller.signer.clock import date_of, utc_now
from edge_caller.signer.endpoint import regional_endpoint
from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import TemporaryCredentials
from edge_caller.signer.sigv4 import Credentials
from edge_caller.signer.sources.asking import answer_to, safe_url
from edge_caller.signer.sources.documents import moment, token_in

REMEDIES = {
    "ExpiredTokenException": "the platform's token has expired: look at what renews it, and at the clock",
    "InvalidIdentityToken": "STS doesn't take the token: compare its issuer and audience with IAM's identity provider",
    "IDPRejectedClaim": "the identity provider rejects the token: get a new one",
    "IDPCommunicationError": "STS can't reach the identity provider: it is tried again",
    "AccessDenied": "the role's trust policy doesn't allow this token: compare its aud and sub",
    "ValidationError": "STS finds a parameter malformed: check the role's ARN and the session's name",
    "RegionDisabledException": "STS is off in this region: choose another, or turn it on in the account",
}
is_role_arn = re.compile(r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+").fullmatch


class WebIdentity:
    """`token` is the path of the token's file, or a function that returns the token.

    `endpoint` is another STS than the region's own. Calling it raises SigningError.
    """

    def __init__(
        self,
        role_arn: str,
        token: str | Path | Callable[[], str],
        *,
        region: str,
        endpoint: str | None = None,
        session_name: str = "edge-caller",
        duration_seconds: int = 3600,
        now: Callable[[], datetime] = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not is_role_arn(role_arn):
            raise SigningError(f"{role_arn!r} isn't a role's ARN: expected arn:aws:iam::123456789012:role/NAME")
        self._role_arn, self._token = role_arn, token
        endpoint = endpoint or regional_endpoint("sts", region)
        self._endpoint = safe_url(endpoint, "the STS endpoint (AWS_ENDPOINT_URL_STS)")
        self._session_name, self._duration_seconds = session_name, duration_seconds
        self._now, self._transport = now, transport

    def __call__(self) -> TemporaryCredentials:
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": self._role_arn,
            "RoleSessionName": self._session_name,
            "DurationSeconds": str(self._duration_seconds),
            "WebIdentityToken": token_of(self._token),
        }
        request = httpx.Request("POST", self._endpoint, data=form)
        return granted(answer_to(request, "STS", self._transport), self._now)


def token_of(token: str | Path | Callable[[], str]) -> str:
    if not callable(token):
        return token_in(token)
    try:
        return token()
    except Exception as error:
        raise SigningError(f"the token's function failed with {type(error).__name__}") from None


def granted(response: httpx.Response, now: Callable[[], datetime]) -> TemporaryCredentials:
    """What STS answered. The end is told by our clock: so long from now as STS's own clock says."""
    try:
        elements = {tag(element): element.text or "" for element in ElementTree.fromstring(response.content).iter()}
    except ElementTree.ParseError:
        elements = {}
    if response.status_code != 200 or "SessionToken" not in elements:
        code = elements.get("Code", "no AWS answer")
        remedy = REMEDIES.get(code, "look at AWS_ENDPOINT_URL_STS and at the role")
        raise SigningError(f"STS refused the token ({response.status_code} {code[:60]}): {remedy}")
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    credentials = Credentials(*(elements.get(name, "") for name in names))
    try:
        expires_at = moment(elements["Expiration"])
    except (KeyError, ValueError):
        raise SigningError("STS didn't say when the credentials expire: look at AWS_ENDPOINT_URL_STS") from None
    return TemporaryCredentials(credentials, now() + (expires_at - (date_of(response) or now())))


def tag(element: ElementTree.Element) -> str:
    """Without its namespace."""
    return element.tag.rpartition("}")[2]
