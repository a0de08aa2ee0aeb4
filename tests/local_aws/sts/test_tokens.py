"""Which web identity tokens STS accepts: one table of forged and unfit ones, none of which gets credentials."""

import hmac
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local_aws.iam.roles import AUDIENCE
from tests.local_aws.sts.service import SECONDS, Service, base64url, json_part

pytestmark = pytest.mark.anyio

Forge = Callable[[Service], str]
OTHER_RSA = rsa.generate_private_key(65537, 2048)
OTHER_EC = ec.generate_private_key(ec.SECP256R1())


def header(service: Service, **changes: Any) -> dict[str, Any]:
    fields = {"alg": "RS256", "typ": "JWT", "kid": service.issuer.key_id} | changes
    return {name: value for name, value in fields.items() if value is not None}


def with_header(**changes: Any) -> Forge:
    """Signed by the issuer's own key, so that the header alone is at fault."""
    return lambda service: service.signed(header(service, **changes), service.claims())


def without_signature(algorithm: Any) -> Forge:
    return lambda s: f"{json_part(header(s, alg=algorithm))}.{json_part(s.claims())}."


def with_claims(kind: str = "kubernetes", **changes: Any) -> Forge:
    return lambda service: service.token(kind, **changes)


def hs256(encoding: Encoding, form: PublicFormat) -> Forge:
    def forge(service: Service) -> str:
        secret = service.issuer.key.public_key().public_bytes(encoding, form)
        text = f"{json_part(header(service, alg='HS256'))}.{json_part(service.claims())}"
        return f"{text}.{base64url(hmac.digest(secret, text.encode(), 'sha256'))}"

    return forge


def own_key(service: Service, **fields: Any) -> str:
    return service.signed(header(service, **fields), service.claims(), OTHER_RSA)


def jwk(service: Service) -> dict[str, Any]:
    return jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_RSA.public_key(), as_dict=True) | {"kid": service.issuer.key_id}


def changed_payload(service: Service) -> str:
    head, _, signature = service.token(sub="somebody").split(".")
    return f"{head}.{json_part(service.claims())}.{signature}"


def cut(service: Service) -> str:
    return service.token()[:-4]


def raw(head: str, payload: str, signature: str = "c2ln") -> Forge:
    return lambda service: ".".join((base64url(head.encode()), base64url(payload.encode()), signature))


# Each with the code of AWS's error, and words of the reason.
REFUSED: dict[str, tuple[Forge, str, str]] = {
    "alg none": (without_signature("none"), "InvalidIdentityToken", "isn't signed"),
    "alg None": (without_signature("None"), "InvalidIdentityToken", "isn't signed"),
    "alg NONE": (without_signature("NONE"), "InvalidIdentityToken", "isn't signed"),
    "alg nOnE": (without_signature("nOnE"), "InvalidIdentityToken", "isn't signed"),
    "alg none with blanks": (without_signature(" none "), "InvalidIdentityToken", "isn't signed"),
    "alg empty": (without_signature(""), "InvalidIdentityToken", "isn't signed"),
    "alg null": (without_signature(None), "InvalidIdentityToken", "isn't signed"),
    "alg is a list": (with_header(alg=["RS256"]), "InvalidIdentityToken", "accepts RS256"),
    "alg none, signed": (with_header(alg="none"), "InvalidIdentityToken", "isn't signed"),
    "HS256 with the public key": (
        hs256(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "InvalidIdentityToken",
        "no secret",
    ),
    "HS256 with the public key as DER": (
        hs256(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "InvalidIdentityToken",
        "no secret",
    ),
    "HS256 with the public key as PKCS1": (
        hs256(Encoding.PEM, PublicFormat.PKCS1),
        "InvalidIdentityToken",
        "no secret",
    ),
    "hs256 in small letters": (with_header(alg="hs256"), "InvalidIdentityToken", "no secret"),
    "rs256 in small letters": (with_header(alg="rs256"), "InvalidIdentityToken", "accepts RS256"),
    "PS256": (with_header(alg="PS256"), "InvalidIdentityToken", "accepts RS256"),
    "EdDSA": (with_header(alg="EdDSA"), "InvalidIdentityToken", "accepts RS256"),
    "jwk in the header": (lambda s: own_key(s, jwk=jwk(s)), "InvalidIdentityToken", "its own key"),
    "jku in the header": (lambda s: own_key(s, jku="https://evil.example/k"), "InvalidIdentityToken", "its own key"),
    "x5u in the header": (lambda s: own_key(s, x5u="https://evil.example/c"), "InvalidIdentityToken", "its own key"),
    "x5c in the header": (lambda s: own_key(s, x5c=["MII="]), "InvalidIdentityToken", "its own key"),
    "jwk in a header that is otherwise right": (with_header(jwk={}), "InvalidIdentityToken", "its own key"),
    "crit in the header": (with_header(crit=["exp"]), "InvalidIdentityToken", ""),
    "another's RSA key": (own_key, "InvalidIdentityToken", "changed or forged"),
    "another's EC key": (
        lambda s: s.signed(header(s, alg="ES256", kid="ec"), s.claims(), OTHER_EC, "ES256"),
        "InvalidIdentityToken",
        "changed or forged",
    ),
    "ES256 with the RSA key's ID": (
        lambda s: s.signed(header(s, alg="ES256"), s.claims(), s.ec_key, "ES256"),
        "InvalidIdentityToken",
        "key is for RS256",
    ),
    "RS256 with the EC key's ID": (with_header(kid="ec"), "InvalidIdentityToken", "key is for ES256"),
    "unknown kid": (with_header(kid="other"), "InvalidIdentityToken", "doesn't publish"),
    "kid is a path": (with_header(kid="../../dev/null"), "InvalidIdentityToken", "doesn't publish"),
    "no kid": (with_header(kid=None), "InvalidIdentityToken", "no kid"),
    "empty kid": (with_header(kid=""), "InvalidIdentityToken", "no kid"),
    "kid is a number": (with_header(kid=7), "InvalidIdentityToken", ""),
    "changed payload": (changed_payload, "InvalidIdentityToken", "changed or forged"),
    "signature cut off": (cut, "InvalidIdentityToken", ""),
    "empty signature": (lambda s: s.token().rpartition(".")[0] + ".", "InvalidIdentityToken", "changed or forged"),
    "another issuer": (with_claims(iss="https://evil.example"), "InvalidIdentityToken", "https://evil.example"),
    "issuer with a slash": (with_claims(iss="http://127.0.0.1:9010/oidc/"), "InvalidIdentityToken", "issuer"),
    "issuer in capitals": (with_claims(iss="HTTP://127.0.0.1:9010/oidc"), "InvalidIdentityToken", "issuer"),
    "issuer is a list": (with_claims(iss=["http://127.0.0.1:9010/oidc"]), "InvalidIdentityToken", "issuer"),
    "no issuer": (with_claims(iss=None), "InvalidIdentityToken", "issuer"),
    "another audience": (with_claims(aud="https://kubernetes.default.svc"), "InvalidIdentityToken", "client IDs"),
    "audience as part of another": (with_claims(aud=f"{AUDIENCE}.evil.example"), "InvalidIdentityToken", "client IDs"),
    "no audience in the list": (with_claims(aud=[]), "InvalidIdentityToken", "client IDs"),
    "audience is an object": (with_claims(aud={AUDIENCE: 1}), "InvalidIdentityToken", "claim aud"),
    "audience in a list of lists": (with_claims(aud=[[AUDIENCE]]), "InvalidIdentityToken", "client IDs"),
    "no audience": (with_claims(aud=None), "InvalidIdentityToken", "claim aud"),
    "another subject": (with_claims(sub="system:serviceaccount:default:other"), "AccessDenied", "trust policy"),
    "subject with more": (
        with_claims(sub="system:serviceaccount:default:edge-caller2"),
        "AccessDenied",
        "trust policy",
    ),
    "subject in capitals": (with_claims(sub="SYSTEM:serviceaccount:default:edge-caller"), "AccessDenied", "trust"),
    "subject is a star": (with_claims(sub="*"), "AccessDenied", "trust policy"),
    "subject is a list": (
        with_claims(sub=["system:serviceaccount:default:edge-caller"]),
        "InvalidIdentityToken",
        "sub",
    ),
    "no subject": (with_claims(sub=None), "InvalidIdentityToken", "claim sub"),
    "another branch": (
        with_claims("github", sub="repo:example-org@1001/edge-caller@2002:ref:refs/heads/x"),
        "AccessDenied",
        "refs/heads/main",
    ),
    "a pull request": (
        with_claims("github", sub="repo:example-org@1001/edge-caller@2002:pull_request"),
        "AccessDenied",
        "refs/heads/main",
    ),
    "expired": (with_claims(exp=SECONDS - 1), "ExpiredTokenException", "has expired"),
    "expires now": (with_claims(exp=SECONDS), "ExpiredTokenException", "has expired"),
    "no expiry": (with_claims(exp=None), "InvalidIdentityToken", "claim exp"),
    "expiry as text": (with_claims(exp=str(SECONDS + 60)), "InvalidIdentityToken", "claim exp"),
    "expiry as a fraction": (with_claims(exp=SECONDS + 60.5), "InvalidIdentityToken", "claim exp"),
    "expiry is true": (with_claims(exp=True), "InvalidIdentityToken", "claim exp"),
    "expiry is infinite": (with_claims(exp=float("inf")), "InvalidIdentityToken", ""),
    "not yet valid": (with_claims(nbf=SECONDS + 1), "InvalidIdentityToken", "not valid yet"),
    "not before as text": (with_claims(nbf="0"), "InvalidIdentityToken", "claim nbf"),
    "issued in the future": (with_claims(iat=SECONDS + 60), "InvalidIdentityToken", "not valid yet"),
    "not issued": (with_claims(iat=None), "InvalidIdentityToken", "claim iat"),
    "garbage": (lambda s: "garbage", "InvalidIdentityToken", "not a JWT"),
    "dots": (lambda s: "....", "InvalidIdentityToken", "not a JWT"),
    "encrypted": (lambda s: "a.b.c.d.e", "InvalidIdentityToken", "not a JWT"),
    "not base64": (lambda s: "é.é.é", "InvalidIdentityToken", "not a JWT"),
    "header is not JSON": (raw("{", "{}"), "InvalidIdentityToken", "not a JWT"),
    "header is a list": (raw("[]", "{}"), "InvalidIdentityToken", "not a JWT"),
    "header is nested too deeply": (raw("[" * 6000, "{}"), "InvalidIdentityToken", "not a JWT"),
    "payload is nested too deeply": (raw('{"alg":"RS256"}', "[" * 6000), "InvalidIdentityToken", "not a JWT"),
    "payload is a list": (lambda s: s.signed(header(s), []), "InvalidIdentityToken", "not a JWT"),
    "quotes around it": (lambda s: f'"{s.token()}"', "InvalidIdentityToken", "not a JWT"),
    "two tokens": (lambda s: f"{s.token()},{s.token()}", "InvalidIdentityToken", "not a JWT"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refuses_a_forged_or_unfit_token(service: Service, name: str) -> None:
    forge, code, reason = REFUSED[name]
    token = forge(service)
    answer = await service.assume(token)
    assert answer.status in (400, 403)
    assert answer.code == code
    assert "AccessKeyId" not in answer.text
    assert answer.reason
    assert reason in answer.reason
    for part in token.split("."):
        assert len(part) < 20 or part not in answer.text + answer.reason + repr(service.records)


def test_the_table_has_more_than_forty_tokens() -> None:
    assert len(REFUSED) > 40


ACCEPTED: dict[str, Forge] = {
    "kubernetes": with_claims(),
    "github": with_claims("github"),
    "google": with_claims("google"),
    "ES256": lambda s: s.signed(header(s, alg="ES256", kid="ec"), s.claims(), s.ec_key, "ES256"),
    "several audiences": with_claims(aud=["other", AUDIENCE]),
    "the last second": with_claims(exp=SECONDS + 1),
    "valid from now": with_claims(nbf=SECONDS),
    "without nbf": with_claims(nbf=None),
    "without typ": with_header(typ=None),
    "a claim that nobody knows": with_claims(note="あ"),
}


@pytest.mark.parametrize("name", ACCEPTED)
async def test_accepts_a_token_that_is_right(service: Service, name: str) -> None:
    answer = await service.assume(ACCEPTED[name](service))
    assert answer.status == 200, answer.reason
    assert answer.field("AccessKeyId").startswith("ASIA")


async def test_an_expired_token_is_refused_in_the_words_of_aws(service: Service) -> None:
    answer = await service.assume(service.token(exp=SECONDS - 60))
    wanted = f"Token expired: current date/time {SECONDS} must be before the expiration date/time{SECONDS - 60}"
    assert (answer.status, answer.field("Message")) == (400, wanted)


async def test_the_issuer_of_a_token_is_never_asked_for_anything(service: Service) -> None:
    await service.assume(service.token(iss="https://evil.example"))
    await service.assume(own_key(service, jku="https://evil.example/keys"))
    assert service.fetched == []
