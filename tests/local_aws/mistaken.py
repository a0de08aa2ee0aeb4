"""A small signer whose steps a test replaces, one by one: it makes the mistakes that people make.

It is written apart from the project's signer and from the stand-in; `test_mistakes.py` compares it with botocore.
Source: AWS IAM User Guide, "Create a signed AWS API request".
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qsl, quote, unquote

from tests.local_aws.signing import CALLERS, HOST, NOW, Request

Text = Callable[[str], str]
TOKEN = "local-session-token-not-a-real-one"
JSON_BODY = '{"name": "Café", "path": "a/b", "count": 1}'.encode()
TARGET = "/Items/a%20b(1)?q=hello%20world&b=2&a=1&flag"


def same(text: str) -> str:
    return text


def hashed(body: bytes) -> str:
    return sha256(body).hexdigest()


def header_lines(headers: list[tuple[str, str]]) -> str:
    return "".join(f"{name}:{value}\n" for name, value in headers)


def derived(secret: str, date: str, region: str, service: str) -> bytes:
    key = b"AWS4" + secret.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return key


@dataclass(frozen=True)
class Signer:
    """Each field is a step, or what goes into it. `at` is the time that is sent, `signed_at` the one that is signed."""

    method: str = "GET"
    target: str = TARGET
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    host: str = HOST
    by: str = "edge-caller"
    token: str | None = None
    presigned: bool = False
    expires: int = 300
    at: datetime = NOW
    signed_at: datetime | None = None
    region: str = "ap-northeast-1"
    service: str = "lambda"
    secret: Text = same
    signed_method: Text = same
    path: Callable[[str], str] = lambda path: quote(path, safe="/~")
    query: Callable[[str], str] = lambda query: strict(query)
    signed_body: Callable[[bytes], bytes] = lambda body: body
    payload: Callable[[bytes], str] = hashed
    values: Callable[[str, str], str] = lambda name, value: " ".join(value.split(" "))
    lines: Callable[[list[tuple[str, str]]], str] = header_lines
    names: Callable[[list[str]], str] = lambda names: ";".join(names)
    claimed_names: Text = same
    canonical: Callable[[list[str]], str] = lambda parts: "\n".join(parts)
    to_sign: Callable[[str, str, str], str] = lambda canonical, date, scope: (
        f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    )
    key: Callable[[str, str, str, str], bytes] = derived
    signature: Text = same

    def but(self, **steps: object) -> "Signer":
        return replace(self, **steps)  # type: ignore[arg-type]

    def request(self) -> Request:
        caller = CALLERS[self.by]
        sent_at = self.at.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{sent_at[:8]}/{self.region}/{self.service}/aws4_request"
        headers = [*self.headers, ("host", self.host)]
        path, _, query = self.target.partition("?")
        credential = f"{caller.access_key_id}/{scope}"
        if self.presigned:
            names = sorted({name.lower() for name, _ in headers})
            query += f"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={quote(credential, safe='')}"
            query += f"&X-Amz-Date={sent_at}&X-Amz-Expires={self.expires}"
            query += f"&X-Amz-SignedHeaders={quote(self.claimed_names(';'.join(names)), safe='')}"
            query += f"&X-Amz-Security-Token={quote(self.token, safe='')}" if self.token else ""
        else:
            headers += [("x-amz-date", sent_at)]
            headers += [("x-amz-security-token", self.token)] if self.token else []
        signature = self.signature(self._signature(headers, path, query, scope, caller.secret_access_key))
        names = sorted({name.lower() for name, _ in headers})
        if self.presigned:
            query += f"&X-Amz-Signature={quote(signature, safe='')}"
        else:
            claim = f"Credential={credential}, SignedHeaders={self.claimed_names(';'.join(names))}, "
            headers += [("authorization", f"AWS4-HMAC-SHA256 {claim}Signature={signature}")]
        raw = tuple((name.lower(), value.encode()) for name, value in headers)
        return Request(self.method, f"{path}?{query}".removesuffix("?"), raw, self.body)

    def _signature(self, headers: list[tuple[str, str]], path: str, query: str, scope: str, secret: str) -> str:
        amz_date = (self.signed_at or self.at).strftime("%Y%m%dT%H%M%SZ")
        pairs = sorted((name.lower(), self.values(name.lower(), value)) for name, value in headers)
        names = self.names(list(dict.fromkeys(name for name, _ in pairs)))
        payload = self.payload(self.signed_body(self.body))
        lines = self.lines(pairs)
        parts = [self.signed_method(self.method), self.path(path), self.query(query), lines, names, payload]
        key = self.key(self.secret(secret), scope[:8], self.region, self.service)
        text = self.to_sign(self.canonical(parts), amz_date, scope)
        return hmac.new(key, text.encode(), "sha256").hexdigest()


def strict(query: str) -> str:
    pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
    return "&".join(f"{n}={v}" for n, v in sorted((quote(n, safe=""), quote(v, safe="")) for n, v in pairs))


def decoded(text: str) -> str:
    return unquote(text)


BASES = {
    "GET": Signer(),
    "POST": Signer(method="POST", body=JSON_BODY, headers=(("content-type", "application/json"),)),
    "query": Signer(presigned=True),
    "temporary": Signer(by="temporary-caller", token=TOKEN),
    "temporary POST": Signer(
        method="POST",
        body=JSON_BODY,
        headers=(("content-type", "application/json"),),
        by="temporary-caller",
        token=TOKEN,
    ),
    "temporary query": Signer(presigned=True, by="temporary-caller", token=TOKEN),
}
