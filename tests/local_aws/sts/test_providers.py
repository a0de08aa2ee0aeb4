"""The identity provider's documents: how often they are fetched, and what happens where one is unusable."""

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.algorithms import RSAAlgorithm

from tests.local_aws.sts.service import Service

pytestmark = pytest.mark.anyio

DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"


async def test_the_keys_are_kept_for_a_minute(service: Service) -> None:
    for moment in (0, 59):
        service.monotonic = moment
        assert (await service.assume(service.token())).status == 200
    assert service.fetched == [DISCOVERY, KEYS]
    service.monotonic = 60
    await service.assume(service.token())
    assert len(service.fetched) == 4


async def test_an_unknown_key_is_looked_for_again_but_not_at_each_token(service: Service) -> None:
    forged = service.signed({"alg": "RS256", "kid": "new"}, service.claims())
    for moment in (0, 1, 4.9):
        service.monotonic = moment
        assert (await service.assume(forged)).status == 400
    assert len(service.fetched) == 2
    service.monotonic = 5
    await service.assume(forged)
    assert len(service.fetched) == 4


BROKEN: dict[str, tuple[str, object, str]] = {
    "it doesn't answer": (DISCOVERY, httpx.ConnectError("refused"), "ConnectError"),
    "it is slow": (KEYS, httpx.ReadTimeout("slow"), "ReadTimeout"),
    "an error": (DISCOVERY, httpx.Response(500), "answers 500"),
    "a redirect": (KEYS, httpx.Response(302, headers={"location": "https://evil.example"}), "answers 302"),
    "a page": (DISCOVERY, httpx.Response(200, text="<html>"), "JSON"),
    "a list": (DISCOVERY, httpx.Response(200, json=[1]), "JSON object"),
    "too much": (KEYS, httpx.Response(200, content=b" " * 300_000), "more than"),
    "another issuer": (DISCOVERY, {"issuer": "https://evil.example"}, "another issuer"),
    "no jwks_uri": (DISCOVERY, {"issuer": "http://127.0.0.1:9010/oidc"}, "jwks_uri"),
    "a jwks_uri without TLS": (
        DISCOVERY,
        {"issuer": "http://127.0.0.1:9010/oidc", "jwks_uri": "http://evil.example/keys"},
        "jwks_uri",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_provider_that_can_not_be_asked_is_named(service: Service, name: str) -> None:
    path, document, said = BROKEN[name]
    service.documents[path] = document
    answer = await service.assume(service.token())
    assert (answer.status, answer.code) == (400, "IDPCommunicationError")
    assert said in answer.reason
    del service.documents[path]
    service.monotonic = 1
    assert (await service.assume(service.token())).status == 200  # asked again at once


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("https://127.0.0.1/keys?policy=one", 200),
        ("http://localhost:9010/keys/", 200),
        ("http://localhost.evil.example/keys", 400),
        ("http://127.0.0.1:9010@evil.example/keys", 400),
        ("https://user@127.0.0.1/keys", 400),
        ("file:///keys", 400),
        (["https://127.0.0.1/keys"], 400),
    ],
)
async def test_the_keys_are_fetched_with_tls_or_from_this_machine(
    service: Service, address: object, status: int
) -> None:
    service.documents[DISCOVERY] = {"issuer": service.issuer.url, "jwks_uri": address}
    assert (await service.assume(service.token())).status == status


async def test_keys_that_can_verify_nothing_are_left_out(service: Service) -> None:
    good = service.issuer.key_set()["keys"][0]
    weak = generate_private_key(65537, 1024)  # noqa: S505 - that is the test
    small = RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True)
    changed = [
        {"use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"alg": "HS256"},
        {"alg": "PS256"},
        {"kty": "EC"},
        {"n": None},
        {"n": "!"},
        {"kid": 7},
    ]
    for change in changed:
        service.documents[KEYS] = {"keys": ["no key", None, good | change]}
        service.monotonic += 100
        assert (await service.assume(service.token())).code == "InvalidIdentityToken", change
    service.documents[KEYS] = {"keys": [small | {"kid": good["kid"]}]}
    service.monotonic += 100
    assert (await service.assume(service.token())).code == "InvalidIdentityToken"
