"""FetchTransport over a fetch of the test's own: what it asks of the platform, and what it makes of errors."""

import asyncio
import importlib
import sys
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest

from edge_caller.errors import RequestError

pytestmark = pytest.mark.anyio

WORKER_SOURCES = Path(__file__).parent.parent.parent / "worker" / "src"
URL = "https://example.lambda-url.ap-northeast-1.on.aws//a%20b?q=%2B"


class JsException(Exception):
    """What Pyodide raises for an error of JavaScript."""


class Body:
    """A ReadableStream and its reader. After its chunks it ends, or breaks off."""

    def __init__(self, *chunks: bytes, breaks_off: bool = False) -> None:
        self._chunks = list(chunks)
        self._breaks_off = breaks_off
        self.cancelled = False

    def getReader(self) -> "Body":
        return self

    async def read(self) -> SimpleNamespace:
        if self._chunks:
            return SimpleNamespace(done=False, value=SimpleNamespace(to_bytes=partial(self._chunks.pop, 0)))
        if self._breaks_off:
            raise JsException
        return SimpleNamespace(done=True)

    async def cancel(self) -> None:
        self.cancelled = True
        if self._breaks_off:
            raise JsException


class Fetch:
    """Keeps what it was asked, then answers, fails or waits for ever."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: dict[str, Any] = {}
        self.body: Body | None = Body(b"first", b"second")
        self.error: Exception | None = None
        self.waits = False

    async def __call__(self, url: str, **asked: Any) -> SimpleNamespace:
        self.url, self.asked = url, asked
        if self.error:
            raise self.error
        if self.waits:
            await asyncio.Event().wait()
        return SimpleNamespace(status=201, headers={"x-text": "h\u00e9llo"}, body=self.body)


@pytest.fixture
def fetch() -> Fetch:
    return Fetch()


@pytest.fixture
def transport(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncBaseTransport:
    """The transport, imported anew beside what a Worker has: Pyodide's module and the SDK's."""
    modules: dict[str, dict[str, Any]] = {
        "pyodide": {},
        "pyodide.ffi": {"JsException": JsException},
        "workers": {"fetch": fetch},
    }
    for name, attributes in modules.items():
        module = ModuleType(name)
        vars(module).update(attributes)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.syspath_prepend(WORKER_SOURCES)
    monkeypatch.delitem(sys.modules, "fetch_transport", raising=False)
    made: httpx.AsyncBaseTransport = importlib.import_module("fetch_transport").FetchTransport()
    monkeypatch.delitem(sys.modules, "fetch_transport")
    return made


async def test_the_request_goes_out_as_it_was_signed(transport: httpx.AsyncBaseTransport, fetch: Fetch) -> None:
    headers = [("Authorization", "signed"), ("X-Twice", "1"), ("X-Twice", "2")]
    await transport.handle_async_request(httpx.Request("PUT", URL, headers=headers, content=b"body"))
    assert (fetch.url, fetch.asked["method"], fetch.asked["body"]) == (URL, "PUT", b"body")
    assert fetch.asked["headers"] == headers


async def test_the_target_among_the_extensions_is_sent_instead(
    transport: httpx.AsyncBaseTransport, fetch: Fetch
) -> None:
    await transport.handle_async_request(httpx.Request("GET", URL, extensions={"target": b"//a?b&&c"}))
    assert fetch.url == "https://example.lambda-url.ap-northeast-1.on.aws//a?b&&c"


async def test_the_platform_follows_no_redirect_and_decodes_no_body(
    transport: httpx.AsyncBaseTransport, fetch: Fetch
) -> None:
    await transport.handle_async_request(httpx.Request("GET", URL))
    assert (fetch.asked["redirect"], fetch.asked["encodeResponseBody"]) == ("manual", "manual")


async def test_an_empty_body_is_none(transport: httpx.AsyncBaseTransport, fetch: Fetch) -> None:
    await transport.handle_async_request(httpx.Request("GET", URL))
    assert fetch.asked["body"] is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_body_that_fetch_would_not_take_is_the_clients_to_leave_out(
    transport: httpx.AsyncBaseTransport, method: str
) -> None:
    with pytest.raises(RequestError, match=f"can't send {method} with a body"):
        await transport.handle_async_request(httpx.Request(method, URL, content=b"body"))


async def test_the_answer_is_read_part_by_part(transport: httpx.AsyncBaseTransport) -> None:
    response = await transport.handle_async_request(httpx.Request("GET", URL))
    assert (response.status_code, response.headers.raw) == (201, [(b"x-text", "h\u00e9llo".encode())])
    assert [chunk async for chunk in response.aiter_raw()] == [b"first", b"second"]


async def test_an_answer_without_a_body_is_empty(transport: httpx.AsyncBaseTransport, fetch: Fetch) -> None:
    fetch.body = None
    response = await transport.handle_async_request(httpx.Request("HEAD", URL))
    assert await response.aread() == b""


async def test_an_answer_that_is_not_wanted_any_more_is_cancelled(
    transport: httpx.AsyncBaseTransport, fetch: Fetch
) -> None:
    response = await transport.handle_async_request(httpx.Request("GET", URL))
    await response.aclose()
    assert fetch.body
    assert fetch.body.cancelled


async def test_an_answer_that_breaks_off_is_a_read_error(transport: httpx.AsyncBaseTransport, fetch: Fetch) -> None:
    fetch.body = Body(b"first", breaks_off=True)
    response = await transport.handle_async_request(httpx.Request("GET", URL))
    with pytest.raises(httpx.ReadError):
        await response.aread()
    await response.aclose()


async def test_a_fetch_that_fails_may_have_sent_something(transport: httpx.AsyncBaseTransport, fetch: Fetch) -> None:
    """A ConnectError would say that nothing was sent, and a POST could go out twice."""
    fetch.error = OSError("as Pyodide raises it")
    with pytest.raises(httpx.ReadError):
        await transport.handle_async_request(httpx.Request("GET", URL))


async def test_a_fetch_that_is_not_answered_is_a_read_timeout(
    transport: httpx.AsyncBaseTransport, fetch: Fetch
) -> None:
    fetch.waits = True
    request = httpx.Request("GET", URL, extensions={"timeout": httpx.Timeout(0).as_dict()})
    with pytest.raises(httpx.ReadTimeout):
        await transport.handle_async_request(request)
