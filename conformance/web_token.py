"""The web identity token of an STS case: signed by the target's issuer, or forged.

Source: RFC 7519, "JSON Web Token (JWT)".
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from conformance.case import Case

ROLE = "arn:aws:iam::$account:role/call-function-url"


@dataclass(frozen=True)
class WebIssuer:
    """`url` is the token's `iss`."""

    url: str
    key_id: str
    key: RSAPrivateKey = field(repr=False)


@cache
def another_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def unknown_issuer() -> WebIssuer:
    """For AWS's own STS, which can't reach an issuer on this machine."""
    return WebIssuer("https://conformance.invalid", "a-key", another_key())


def form_of(case: Case, issuer: WebIssuer, known: Mapping[str, str]) -> bytes:
    """The whole form, with the case's own fields. An empty one is left out."""
    fields = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "conformance",
        "WebIdentityToken": token_of(case, issuer),
    }
    given = (fields | dict(case.request.form)).items()
    return urlencode({n: value.replace("$account", known["account"]) for n, value in given if value}).encode()


def token_of(case: Case, issuer: WebIssuer) -> str:
    asked, now = case.token, int(time.time())
    times = {name: now + seconds for name, seconds in asked.seconds.items()}
    claims: dict[str, Any] = {"iss": issuer.url, "sub": "conformance", "aud": "sts.amazonaws.com", **times}
    claims = {name: value for name, value in (claims | dict(asked.claims)).items() if name not in asked.without}
    header = {"kid": issuer.key_id, **asked.header}
    key = another_key() if asked.forged else issuer.key
    return signed(json.dumps(claims).encode(), header, key)


def signed(payload: bytes, header: Mapping[str, Any], key: RSAPrivateKey) -> str:
    """The token. Whatever algorithm its header names, RS256 signs it."""
    algorithm = header.get("alg", "RS256")
    token = jwt.PyJWS().encode(payload, key, "RS256", headers={**header, "alg": "RS256"})
    if algorithm == "RS256":
        return token
    _, rest = token.split(".", 1)
    return f"{jwt.utils.base64url_encode(json.dumps(dict(header)).encode()).decode()}.{rest}"
