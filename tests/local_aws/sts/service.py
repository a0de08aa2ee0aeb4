"""STS with a clock that stands still, and its issuer, in this process: a token is verified without a socket."""

import json
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from jwt.algorithms import ECAlgorithm

from local_aws.iam.access import Access
from local_aws.iam.roles import ROLES_FILE
from local_aws.record import Record
from local_aws.sts.app import Sts
from local_aws.sts.assume_role import AssumeRole
from local_aws.sts.claims import claims_of
from local_aws.sts.issuer import Issuer
from local_aws.sts.providers import Providers
from policies.function import Function
from policies.render import POLICIES
from tests.local_aws.signing import NOW

ROLE = "arn:aws:iam::123456789012:role/edge-caller-role"
URL = "http://127.0.0.1:9010"
SECONDS = int(NOW.timestamp())


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def json_part(document: object) -> str:
    return base64url(json.dumps(document).encode())


@dataclass
class Answer:
    status: int
    text: str
    headers: httpx.Headers

    def field(self, name: str) -> str:
        found = re.search(f"<{name}>([^<]*)</{name}>", self.text)
        assert found, f"no {name} in {self.text}"
        return str(found[1])

    @property
    def code(self) -> str:
        return self.field("Code")

    @property
    def reason(self) -> str:
        return str(self.headers.get("x-local-aws-reason", ""))


class Service:
    """The stand-in's STS with a key set of its own: the RSA key of `issuer`, and an EC key."""

    def __init__(
        self, folder: Path, *, roles_file: Path = ROLES_FILE, policies: Path = POLICIES, seconds: int | None = None
    ) -> None:
        self.now = NOW
        self.access = Access(Function(), policies=policies, now=lambda: self.now, roles_file=roles_file)
        self.issuer = Issuer(self.access.issuer, folder)
        self.ec_key: EllipticCurvePrivateKey = generate_private_key(SECP256R1())
        self.monotonic = 0.0
        self.fetched: list[str] = []
        self.documents: dict[str, Any] = {}
        self.records: list[Record] = []
        self.providers = Providers(httpx.MockTransport(self.provider), lambda: self.monotonic)
        self.sts = Sts(AssumeRole(self.access, self.providers, seconds), self.issuer, observers=(self.records.append,))

    def provider(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/oidc")
        self.fetched.append(path)
        document = self.documents.get(path) or (self.issuer.discovery() if "openid" in path else self.key_set())
        if isinstance(document, Exception):
            raise document
        return document if isinstance(document, httpx.Response) else httpx.Response(200, json=document)

    def key_set(self) -> dict[str, Any]:
        key = ECAlgorithm.to_jwk(self.ec_key.public_key(), as_dict=True)
        return {"keys": [*self.issuer.key_set()["keys"], key | {"kid": "ec", "use": "sig"}]}

    def claims(self, kind: str = "kubernetes", **changes: Any) -> dict[str, Any]:
        return claims_of(kind, self.issuer.url, self.now, changes)

    def token(self, kind: str = "kubernetes", **changes: Any) -> str:
        return self.issuer.token(self.claims(kind, **changes))

    def signed(self, header: dict[str, Any], payload: object, key: Any = None, algorithm: str = "RS256") -> str:
        """A token with this header, whatever it says, really signed by the issuer's key or another."""
        text = f"{json_part(header)}.{json_part(payload)}"
        signature = jwt.get_algorithm_by_name(algorithm).sign(text.encode(), key or self.issuer.key)
        return f"{text}.{base64url(signature)}"

    async def ask(
        self, method: str = "POST", path: str = "/sts", headers: dict[str, str] | None = None, **fields: str
    ) -> Answer:
        query, body = ("", urlencode(fields)) if method == "POST" else (f"?{urlencode(fields)}", "")
        transport = httpx.ASGITransport(app=self.sts)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            response = await client.request(method, path + query, content=body, headers=headers)
        return Answer(response.status_code, response.text, response.headers)

    async def assume(self, token: str, method: str = "POST", **changes: str) -> Answer:
        fields = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": ROLE,
            "RoleSessionName": "test",
            "WebIdentityToken": token,
        }
        given = {name: value for name, value in (fields | changes).items() if value}
        return await self.ask(method, "/sts", None, **given)
