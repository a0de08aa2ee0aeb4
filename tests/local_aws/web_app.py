"""Web apps that do as a test says, and the runtime over them."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
from starlette.types import Receive, Scope, Send

from local_aws.function.runtime import ReservedConcurrency, WebAppRuntime
from policies.function import Function

EVENT = {
    "rawPath": "/a%20b",
    "rawQueryString": "q=1",
    "headers": {"host": "id.lambda-url.ap-northeast-1.on.aws"},
    "requestContext": {"http": {"method": "POST"}},
    "body": "hello",
    "isBase64Encoded": False,
}


class WebApp:
    """A raw ASGI app that keeps what reached it, and answers what it is told to."""

    def __init__(self) -> None:
        self.scope: Scope = {}
        self.body = b""
        self.headers: list[tuple[bytes, bytes]] = [(b"content-type", b"text/plain")]
        self.answer: list[bytes] = [b"ans", b"wer"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.body, more = scope, b"", True
        while more:
            message = await receive()
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        for chunk in self.answer:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class Held(httpx.AsyncBaseTransport):
    """Answers only when let; `arrived` counts what waits."""

    def __init__(self) -> None:
        self.arrived = asyncio.Semaphore(0)
        self.let = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.arrived.release()
        await self.let.wait()
        return httpx.Response(204, stream=httpx.ByteStream(b""))


class Stream(httpx.AsyncByteStream):
    """A body without end, or one that breaks off."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield bytes(65_536)
            self.sent += 65_536
            if self.error:
                raise self.error

    async def aclose(self) -> None:
        self.closed = True


def runtime_over(
    transport: httpx.AsyncBaseTransport | None,
    *,
    url: str = "http://web.app",
    concurrency: int = 1,
    timeout_seconds: float = 30,
) -> ReservedConcurrency:
    runtime = WebAppRuntime(url, Function(), timeout_seconds=timeout_seconds, transport=transport)
    return ReservedConcurrency(runtime, concurrency)


def answering(answer: Callable[[], httpx.Response]) -> httpx.AsyncBaseTransport:
    async def handle(request: httpx.Request) -> httpx.Response:
        return answer()

    return httpx.MockTransport(handle)


def fail() -> httpx.Response:
    raise httpx.ConnectError("refused")
