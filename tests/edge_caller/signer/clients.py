"""Clients of httpx and httpx2 with a SigV4Auth, in front of an upstream that is a function."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import httpx2

from edge_caller.signer import httpx2_auth
from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials

URL = "https://abc123.lambda-url.ap-northeast-1.on.aws"
CREDENTIALS = Credentials("AKIALOCAL00000000001", "secret")
TEMPORARY = Credentials("ASIALOCAL00000000004", "secret", "token")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

LIBRARIES: dict[str, tuple[Any, Any]] = {"httpx": (httpx, SigV4Auth), "httpx2": (httpx2, httpx2_auth.SigV4Auth)}

Answer = Callable[[httpx.Request], httpx.Response]


def auth(credentials: object = CREDENTIALS, now: datetime = NOON) -> SigV4Auth:
    return SigV4Auth(credentials, now=lambda: now)  # type: ignore[arg-type]


def ok(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


def sent_by(auth: SigV4Auth, request: httpx.Request, answer: Answer = ok) -> list[httpx.Request]:
    """What a client with this auth sends for the request."""
    sent: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        whole = {"headers": request.headers.raw, "content": request.read(), "extensions": request.extensions}
        sent.append(httpx.Request(request.method, request.url, **whole))  # type: ignore[arg-type]
        return answer(request)

    with httpx.Client(transport=httpx.MockTransport(keep), auth=auth) as client:
        client.send(request)
    return sent
