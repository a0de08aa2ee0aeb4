"""Drives the stand-in as an ASGI server would, byte for byte: an HTTP client would tidy up what it sends.

It opens no socket: `test_main.py` does.
Source: ASGI specification, "HTTP & WebSocket ASGI Message Format".
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope

from tests.local_aws.signing import Request

Send = Callable[[Request], Awaitable[httpx.Response]]
Edit = Callable[[Path, str, str], None]


class FakeRuntime:
    """A function that keeps its events and answers, or raises, what the test says."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.answer: Any = {"statusCode": 200, "body": "reached"}
        self.events: list[Any] = []

    async def invoke(self, event: Any, request_id: str) -> Any:
        self.events.append(event)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def event(self) -> Any:
        (only,) = self.events
        return only


def scope_of(request: Request) -> Scope:
    path, _, query = request.target.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value) for name, value in request.headers],
        "client": ("192.0.2.7", 50000),
    }


def receiving(*messages: Message) -> Receive:
    """What the server tells the app, one message after the other."""
    left = list(messages)

    async def receive() -> Message:
        return left.pop(0)

    return receive


async def ask(app: ASGIApp, request: Request) -> httpx.Response:
    """The answer to a request whose body comes in two pieces."""
    half = len(request.body) // 2
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    first = {"type": "http.request", "body": request.body[:half], "more_body": True}
    await app(scope_of(request), receiving(first, {"type": "http.request", "body": request.body[half:]}), send)
    start, body = sent
    return httpx.Response(start["status"], headers=start["headers"], content=body["body"])
