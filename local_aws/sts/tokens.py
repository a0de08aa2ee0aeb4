"""Verifies a web identity token in AWS's way: form, issuer, key, signature, claims. The trust policy comes afterwards.

Nothing in a token is believed before its signature is verified, with a key of an issuer that IAM knows. Each refusal
carries a finding, and no finding holds the token.
Source: RFC 8725, "JSON Web Token Best Current Practices"; AWS STS API Reference, "AssumeRoleWithWebIdentity".
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt

from local_aws.refusals import fact
from local_aws.sts import answers
from local_aws.sts.answers import StsRefusal, invalid_token
from local_aws.sts.providers import ALGORITHMS, Providers, Unreachable

# A token that brings its own key, or says where to fetch it, or asks for what the verifier may not know.
NOT_ACCEPTED = ("jwk", "jku", "x5u", "x5c", "crit")
REQUIRED: dict[str, tuple[type, ...]] = {"sub": (str,), "aud": (str, list), "exp": (int,), "iat": (int,)}
SIGNATURE_ALONE = {"verify_signature": True, "enforce_minimum_key_length": True} | {
    f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
}


@dataclass(frozen=True)
class VerifiedToken:
    """`audience` is the one of its `aud` that the identity provider knows."""

    claims: Mapping[str, Any] = field(repr=False)
    audience: str

    @property
    def issuer(self) -> str:
        return str(self.claims["iss"])

    @property
    def subject(self) -> str:
        return str(self.claims["sub"])


async def verify_token(
    token: str, audiences: Mapping[str, Collection[str]], providers: Providers, now: datetime
) -> VerifiedToken:
    """The token, verified. `audiences` are the client IDs of each issuer that IAM knows. Raises StsRefusal."""
    header, unverified = taken_apart(token)
    check_header(header)
    issuer = unverified.get("iss")
    if not isinstance(issuer, str) or issuer not in audiences:
        finding = fact("token_issuer", came=shown(issuer), expected=" or ".join(audiences))
        raise invalid_token(answers.NO_PROVIDER.format(issuer=shown(issuer)), finding)
    claims = await verified_claims(token, header, issuer, providers)
    check_required(claims)
    check_times(claims, now)
    return VerifiedToken(claims, audience_of(claims, audiences[issuer]))


def taken_apart(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise invalid_token(answers.NOT_A_JWT, fact("token_not_a_jwt")) from error
    return parts["header"], parts["payload"]


def check_header(header: Mapping[str, Any]) -> None:
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        name = shown(algorithm)
        unsigned, symmetric = name.strip().lower() in ("none", ""), name.upper().startswith("HS")
        code = "token_unsigned" if unsigned else "token_symmetric" if symmetric else "token_algorithm"
        raise invalid_token(answers.UNSUPPORTED_ALGORITHM, fact(code, came=name))
    for name in NOT_ACCEPTED:
        if name in header:
            raise invalid_token(answers.UNSUPPORTED_HEADER, fact("token_header", name=name))
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        raise invalid_token(answers.NO_KEY, fact("token_no_kid"))


async def verified_claims(
    token: str, header: Mapping[str, Any], issuer: str, providers: Providers
) -> Mapping[str, Any]:
    """The claims, if the issuer's key of that ID made the signature."""
    kid, algorithm = header["kid"], header["alg"]
    try:
        key = await providers.key(issuer, kid)
    except Unreachable as error:
        finding = fact("token_issuer_unreachable", error=str(error))
        raise StsRefusal(400, "IDPCommunicationError", answers.UNREACHABLE, finding) from error
    if key is None:
        raise invalid_token(answers.NO_KEY, fact("token_kid_unknown", kid=kid, issuer=issuer))
    if key.algorithm_name != algorithm:
        finding = fact("token_key_algorithm", came=algorithm, expected=key.algorithm_name)
        raise invalid_token(answers.WRONG_SIGNATURE, finding)
    try:
        return jwt.decode(token, key, [algorithm], options=SIGNATURE_ALONE)  # type: ignore[arg-type]
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise invalid_token(answers.WRONG_SIGNATURE, fact("token_signature", kid=kid, issuer=issuer)) from error


def check_required(claims: Mapping[str, Any]) -> None:
    for name, kinds in REQUIRED.items():
        value = claims.get(name)
        if not isinstance(value, kinds) or isinstance(value, bool) or value == "":
            raise invalid_token(answers.MISSING_CLAIM.format(claim=name), fact("token_claim_missing", claim=name))


def check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """AWS takes whole seconds only."""
    seconds = int(now.timestamp())
    if claims["exp"] <= seconds:
        message = answers.EXPIRED.format(now=seconds, exp=claims["exp"])
        finding = fact("token_past", came=str(claims["exp"]), now=str(seconds))
        raise StsRefusal(400, "ExpiredTokenException", message, finding)
    for name in ("nbf", "iat"):
        value = claims.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid_token(answers.MISSING_CLAIM.format(claim=name), fact("token_claim_missing", claim=name))
        if value > seconds:
            finding = fact("token_future", claim=name, came=str(value), now=str(seconds))
            raise invalid_token(answers.NOT_YET_VALID, finding)


def audience_of(claims: Mapping[str, Any], known: Collection[str]) -> str:
    given = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    for audience in given:
        if isinstance(audience, str) and audience in known:
            return audience
    finding = fact("token_audience", came=", ".join(map(shown, given)), expected=" or ".join(known))
    raise invalid_token(answers.WRONG_AUDIENCE, finding)


def shown(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)[:200]
