"""The keys of identity providers: discovery document and JWK Set, fetched with httpx and kept for a minute.

Only the issuers of roles.toml are ever fetched from, whatever a token names.
Source: OpenID Connect Discovery 1.0, "OpenID Provider Metadata"; RFC 7517, "JSON Web Key (JWK)".
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from jwt import PyJWK
from jwt.exceptions import PyJWTError

ALGORITHMS = ("RS256", "ES256")  # AWS takes RS384, RS512, ES384 and ES512 as well
PUBLIC = ("kty", "kid", "alg", "n", "e", "crv", "x", "y")
KEPT_SECONDS = 60
AGAIN_SECONDS = 5
"""For a key ID that isn't among the kept ones: the provider may have a new key."""
FETCH_SECONDS = 5
MAX_BYTES = 262_144

# As IAM has it; http is for an issuer on this machine.
is_safe = re.compile(r"https://[^\s/@]+(/\S*)?|http://(127\.0\.0\.1|localhost)(:\d+)?/\S*").fullmatch


class Unreachable(Exception):
    """The provider doesn't answer, or not with a JSON document. The message says which and what came."""


class Providers:
    def __init__(
        self, transport: httpx.AsyncBaseTransport | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._kept: dict[str, tuple[float, dict[str, PyJWK]]] = {}
        self._lock = asyncio.Lock()

    async def key(self, issuer: str, kid: str) -> PyJWK | None:
        """The issuer's key of that ID, or None. Raises Unreachable."""
        async with self._lock:
            fetched_at, keys = self._kept.get(issuer, (None, {}))
            age = KEPT_SECONDS if fetched_at is None else self._clock() - fetched_at
            if age >= KEPT_SECONDS or (kid not in keys and age >= AGAIN_SECONDS):
                keys = await self._fetch(issuer)
                self._kept[issuer] = (self._clock(), keys)
            return keys.get(kid)

    async def _fetch(self, issuer: str) -> dict[str, PyJWK]:
        try:
            async with (
                asyncio.timeout(FETCH_SECONDS),
                httpx.AsyncClient(transport=self._transport, timeout=FETCH_SECONDS, trust_env=False) as client,
            ):
                document = await fetch_json(client, f"{issuer}/.well-known/openid-configuration")
                if document.get("issuer") != issuer:
                    raise Unreachable(f"the discovery document of {issuer} names another issuer")
                address = document.get("jwks_uri")
                if not isinstance(address, str) or not is_safe(address):
                    raise Unreachable(f"the discovery document of {issuer} has no jwks_uri with https://")
                return dict(keys_in(await fetch_json(client, address)))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Unreachable(f"{issuer} doesn't answer: {type(error).__name__}") from error


async def fetch_json(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    body = bytearray()
    async with client.stream("GET", address, headers={"accept": "application/json"}) as response:
        if response.status_code != 200:
            raise Unreachable(f"{address} answers {response.status_code}")
        async for part in response.aiter_bytes():
            body += part
            if len(body) > MAX_BYTES:
                raise Unreachable(f"{address} answers more than {MAX_BYTES} bytes")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreachable(f"{address} doesn't answer with JSON") from error
    if not isinstance(document, dict):
        raise Unreachable(f"{address} doesn't answer with a JSON object")
    return document


def keys_in(document: dict[str, Any]) -> Iterator[tuple[str, PyJWK]]:
    """The public keys that can verify a token, by their ID; others are left out."""
    listed = document.get("keys")
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
            continue
        if entry.get("kty") not in ("RSA", "EC") or (entry["kty"] == "EC" and entry.get("crv") != "P-256"):
            continue
        try:
            key = PyJWK({name: entry[name] for name in PUBLIC if name in entry})
        except (PyJWTError, ValueError, TypeError):
            continue
        if key.algorithm_name in ALGORITHMS:
            yield entry["kid"], key
