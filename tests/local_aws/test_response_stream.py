"""Invoke mode RESPONSE_STREAM over real sockets. Gates hold the app between two pieces: no test waits for a time."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from local_aws.app import LocalAws
from local_aws.function.runtime import ReservedConcurrency, WebAppRuntime
from local_aws.function.streaming import BROKE_OFF, END_OF_PRELUDE
from local_aws.iam.access import Access
from local_aws.record import Record
from policies.function import Function
from tests.local_aws.signing import INVOKE, NOW, Request, signed
from tests.local_aws.test_wire import on_the_wire
from tests.local_aws.wire import LOOPBACK, exchange, served

pytestmark = pytest.mark.anyio

Headers = list[tuple[bytes, bytes]]
Write = Callable[[bytes], Awaitable[None]]


@dataclass
class App:
    """A raw ASGI app. It sends its head and its first piece, and at the gate each further one."""

    status: int = 200
    headers: Headers = field(default_factory=lambda: [(b"content-type", b"text/event-stream")])
    pieces: tuple[bytes, ...] = (b"first", b"last")
    fails_after: int | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.fails_after == 0:
            raise RuntimeError
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        for number, piece in enumerate(self.pieces):
            if number:
                self.waits.set()
                await self.gate.wait()
            if number == self.fails_after:
                raise RuntimeError
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        self.has_ended.set()


@dataclass
class StandIn:
    port: int
    records: list[Record] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    receive: Receive | None = None

    async def disconnected(self) -> None:
        """Until the server knows that the client of the last request is gone."""
        assert self.receive
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def observe(self, record: Record) -> None:
        self.records.append(record)
        self.answered.set()

    async def ask(self, *requests: Request) -> tuple[bytes, bytes]:
        """Head and body of the answer. The body is chunked still."""
        head, _, body = (await exchange(self.port, on_the_wire(*requests))).partition(b"\r\n\r\n")
        return head, body

    @asynccontextmanager
    async def asked(self, request: Request) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        writer.write(on_the_wire(request))
        try:
            yield reader, writer
        finally:
            writer.close()

    async def findings(self) -> list[str]:
        await self.answered.wait()
        return [finding.code for finding in self.records[-1].findings]


@asynccontextmanager
async def standing_in(
    app: App, *, concurrency: int = 10, timeout_seconds: float = 30, now: datetime | None = NOW
) -> AsyncIterator[StandIn]:
    """The stand-in in front of the app, at the time `now`."""
    async with served(app) as app_port, httpx.AsyncHTTPTransport() as transport:
        url = f"http://{LOOPBACK}:{app_port}"
        web_app = WebAppRuntime(url, Function(), timeout_seconds=timeout_seconds, transport=transport)
        runtime = ReservedConcurrency(web_app, concurrency)
        stand_in = StandIn(0)
        local_aws = LocalAws(
            Access(Function(), now=lambda: now or datetime.now(UTC)),
            runtime,
            observers=[stand_in.observe],
            streaming=runtime,
        )

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            stand_in.receive = receive
            await local_aws(scope, receive, send)

        async with served(watched) as stand_in.port:
            try:
                yield stand_in
            finally:
                app.gate.set()  # the server of an app that still waits wouldn't stop


def chunks(body: bytes) -> list[bytes]:
    """The pieces of a chunked body; the last one is empty where the body has its end."""
    pieces = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        pieces.append(rest[: int(size, 16)])
        body = rest[int(size, 16) + 2 :]
    return pieces


async def test_sends_a_piece_while_the_app_still_makes_the_next() -> None:
    app = App()
    async with standing_in(app) as stand_in, stand_in.asked(signed()) as (reader, _):
        assert await reader.readuntil(b"first")
        assert not stand_in.records
        app.gate.set()
        assert (await reader.read()).endswith(b"last\r\n0\r\n\r\n")
        times = stand_in.records[0].stream
    assert times is not None
    assert (times.piece_count, times.byte_count) == (2, 9)
    assert 0 < times.first_seconds <= times.last_seconds <= stand_in.records[0].seconds


async def test_sends_the_head_before_any_of_the_body_is_made() -> None:
    app = App(pieces=(b"", b"last"))
    async with standing_in(app) as stand_in, stand_in.asked(signed()) as (reader, _):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
        app.gate.set()
        assert b"last" in await reader.read()


async def test_maps_headers_and_cookies_of_the_prelude() -> None:
    headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-many", b"1"), (b"x-many", b"2")]
    headers += [(b"content-length", b"4"), (b"x-lost", b"\xe9")]
    async with standing_in(App(headers=headers, pieces=(b"\x00\xff\x00\xff",))) as stand_in:
        head, body = await stand_in.ask(signed())
    lines = head.lower().split(b"\r\n")
    assert {b"set-cookie: a=1", b"set-cookie: b=2", b"x-many: 1", b"content-type: application/octet-stream"} < {*lines}
    assert {b"x-amzn-remapped-content-length: 4", b"transfer-encoding: chunked"} < {*lines}
    assert not [line for line in lines if line.startswith((b"x-lost", b"content-length"))]
    assert chunks(body) == [b"\x00\xff\x00\xff", b""]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
async def test_an_answer_without_a_body_leaves_the_connection_usable(method: str, status: int) -> None:
    async with standing_in(App(status=status, headers=[], pieces=())) as stand_in:
        answers = await exchange(stand_in.port, on_the_wire(signed(method=method), signed(method=method)))
    assert answers.count(b"HTTP/1.1 %d " % status) == 2
    assert answers.endswith(b"\r\n\r\n")
    assert b"\r\n0\r\n\r\n" not in answers


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("pieces", [(), (b"error",)])
async def test_an_app_that_fails_before_its_first_byte_is_a_500_as_behind_the_adapter(
    pieces: tuple[bytes, ...],
) -> None:
    async with standing_in(App(fails_after=0, pieces=pieces)) as stand_in:
        head, body = await stand_in.ask(signed())
    assert head.startswith(b"HTTP/1.1 500 ")
    assert b"x-amzn-remapped-connection: close" in head
    assert chunks(body) == [b"Internal Server Error", b""]


async def test_an_app_that_breaks_off_ends_cleanly_with_the_text_of_the_adapter() -> None:
    app = App(fails_after=1)
    app.gate.set()
    async with standing_in(app) as stand_in:
        _, body = await stand_in.ask(signed())
        assert await stand_in.findings() == ["stream_broke_off"]
    assert chunks(body) == [b"first", BROKE_OFF, b""]


async def test_an_app_that_is_not_there_is_a_502() -> None:
    web_app = WebAppRuntime("http://127.0.0.1:1", Function(), timeout_seconds=30)
    async with served(LocalAws(Access(Function(), now=lambda: NOW), web_app, streaming=web_app)) as port:
        head, _, body = (await exchange(port, on_the_wire(signed()))).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 502 ")
    assert body == b"Internal Server Error"


async def test_a_status_that_no_server_may_send_is_a_502_and_uses_up_no_concurrency() -> None:
    app = App(status=600, headers=[])
    app.gate.set()
    async with standing_in(app, concurrency=1) as stand_in:
        for _ in range(2):
            head, _ = await stand_in.ask(signed())
            assert head.startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize("waits_in_the_body", [True, False])
async def test_the_time_out_counts_over_the_whole_stream(waits_in_the_body: bool) -> None:
    """The gate stays closed: the time-out alone ends the stream, and the answer has no end."""
    pieces = (b"first", b"last") if waits_in_the_body else (b"first", b"", b"last")
    async with standing_in(App(pieces=pieces), timeout_seconds=1) as stand_in:
        _, body = await stand_in.ask(signed())
        assert await stand_in.findings() == ["function_failed"]
    assert chunks(body) == [b"first"]


async def test_a_client_that_reads_nothing_holds_the_function_no_longer_than_its_time_out() -> None:
    app = App(pieces=(b"x" * 2**20,) * 64)
    app.gate.set()
    async with standing_in(app, concurrency=1, timeout_seconds=1) as stand_in, stand_in.asked(signed()):
        assert await stand_in.findings() == ["function_failed"]
        assert not app.has_ended.is_set()


async def test_the_concurrency_is_held_until_the_stream_ends() -> None:
    app = App()
    async with standing_in(app, concurrency=1) as stand_in, stand_in.asked(signed()) as (reader, _):
        await reader.readuntil(b"first")
        assert (await stand_in.ask(signed()))[0].startswith(b"HTTP/1.1 429 ")
        app.gate.set()
        await reader.read()
        assert (await stand_in.ask(signed()))[0].startswith(b"HTTP/1.1 200 ")


async def test_a_client_that_disconnects_does_not_stop_the_function() -> None:
    app = App(pieces=(b"first", b"second", b"last"))
    async with standing_in(app, concurrency=1) as stand_in:
        async with stand_in.asked(signed()) as (reader, _):
            await reader.readuntil(b"first")
            await app.waits.wait()
        await stand_in.disconnected()
        assert (await stand_in.ask(signed()))[0].startswith(b"HTTP/1.1 429 ")  # it is still running
        stand_in.answered.clear()
        app.gate.set()
        assert await stand_in.findings() == ["stream_client_disconnected"]
        assert app.has_ended.is_set()
        assert stand_in.records[-1].stream is not None
        assert stand_in.records[-1].stream.piece_count == 3


async def test_a_stream_that_is_too_large_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_aws.function.streaming.MAX_STREAM_BYTES", 8)
    app = App()
    app.gate.set()
    async with standing_in(app) as stand_in:
        _, body = await stand_in.ask(signed())
        assert await stand_in.findings() == ["function_failed"]
    assert chunks(body) == [b"first"]


async def test_more_than_a_buffered_response_may_have_passes() -> None:
    app = App(pieces=(b"x" * 7_000_000,))
    async with standing_in(app) as stand_in:
        _, body = await stand_in.ask(signed())
    assert len(b"".join(chunks(body))) == 7_000_000


EVENT = {"requestContext": {"http": {"method": "GET"}}, "rawPath": "/"}


@pytest.mark.parametrize("event", [EVENT, {"any": "event"}])
async def test_the_invoke_api_answers_with_prelude_nuls_and_body(event: dict[str, object]) -> None:
    app = App(headers=[(b"content-type", b"text/plain")])
    app.gate.set()
    call = signed(INVOKE, method="POST", body=json.dumps(event).encode(), by="invoke-caller")
    async with standing_in(app) as stand_in:
        head, body = await stand_in.ask(call)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"content-type: application/vnd.awslambda.http-integration-response" in head.lower()
    prelude, _, sent = body.partition(END_OF_PRELUDE)
    parsed = json.loads(prelude)
    assert (parsed["statusCode"], parsed["headers"]["content-type"], parsed["cookies"]) == (200, "text/plain", [])
    assert sent == b"firstlast"


async def test_the_invoke_api_names_the_error_of_a_function_that_is_too_slow() -> None:
    call = signed(INVOKE, method="POST", body=b"{}", by="invoke-caller")
    async with standing_in(App(), timeout_seconds=1) as stand_in:
        head, body = await stand_in.ask(call)
    assert b"x-amz-function-error: Unhandled" in head
    assert json.loads(body)["errorType"] == "Sandbox.Timedout"
