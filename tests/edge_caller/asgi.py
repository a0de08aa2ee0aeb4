"""Drives the edge caller as an ASGI server would, byte for byte: an HTTP client would tidy up what it sends.

It opens no socket: where the wire itself matters, `wire.py` is used.
Source: ASGI specification, "HTTP & WebSocket ASGI Message Format".
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message

from edge_caller.app import EdgeCaller, create_app
from edge_caller.config import Settings

FUNCTION_URL = "https://abc123.lambda-url.ap-northeast-1.on.aws/"
SECRET = "not-a-real-secret-access-key"
VARIABLES = {
    "FUNCTION_URL": FUNCTION_URL,
    "EDGE_MAX_RETRIES": "0",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE000000001",
    "AWS_SECRET_ACCESS_KEY": SECRET,
}
RawHeaders = Sequence[tuple[bytes, bytes]]


def settings(**variables: str) -> Settings:
    return Settings.from_variables(VARIABLES | variables, "this test")


class Body(httpx.AsyncByteStream):
    """An answer's body, in chunks. `closed` says whether its connection was given back."""

    def __init__(self, *chunks: bytes, error: Exception | None = None) -> None:
        self._chunks = chunks
        self._error = error
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        if self._error:
            raise self._error

    async def aclose(self) -> None:
        self.closed = True


class Upstream(httpx.AsyncBaseTransport):
    """Stands where the network would: keeps each request, and answers it with what `answer` makes or raises."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self._answer = answer or (lambda _: httpx.Response(200, stream=Body(b"ok")))
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)

    @property
    def request(self) -> httpx.Request:
        (only,) = self.requests
        return only


@dataclass
class Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value.decode("latin-1") for key, value in self.headers if key.lower() == name.encode()]

    @property
    def problem(self) -> dict[str, Any]:
        """The problem document that the answer is."""
        assert self.values("content-type") == ["application/problem+json"], self.body
        document: dict[str, Any] = json.loads(self.body)
        assert (document["type"], document["status"]) == ("about:blank", self.status)
        return document


async def ask(
    app: ASGIApp,
    target: bytes | str = b"/",
    *,
    method: str = "GET",
    headers: RawHeaders = (),
    body: Sequence[bytes] = (b"",),
    **extra: object,
) -> Answer:
    """One request with exactly these bytes, and its answer. The body arrives in the chunks given."""
    raw_path, _, query = (target.encode() if isinstance(target, str) else target).partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path.decode("latin-1")),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [*([] if b"host" in dict(headers) else [(b"host", b"edge.example")]), *headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8787),
        **extra,
    }
    incoming = [{"type": "http.request", "body": b, "more_body": i + 1 < len(body)} for i, b in enumerate(body)]
    outgoing: list[Message] = []

    async def receive() -> Message:
        if not incoming:
            await asyncio.Event().wait()  # the client stays
        return incoming.pop(0)

    async def send(message: Message) -> None:
        outgoing.append(message)

    await app(scope, receive, send)
    start, *rest = outgoing
    return Answer(start["status"], list(start["headers"]), b"".join(message["body"] for message in rest))


def edge(upstream: httpx.AsyncBaseTransport, **variables: str) -> EdgeCaller:
    return create_app(transport=upstream, settings=settings(**variables))
