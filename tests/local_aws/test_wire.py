"""The stand-in behind its own server, over real sockets: what the wire does to requests and answers."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope
from starlette.types import Send as AsgiSend

from local_aws.app import LocalAws
from local_aws.iam.access import Access
from policies.function import Function
from tests.local_aws.asgi import FakeRuntime
from tests.local_aws.signing import NOW, Request, signed
from tests.local_aws.wire import LOOPBACK, exchange, served

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[tuple[int, FakeRuntime]]:
    runtime = FakeRuntime()
    async with served(LocalAws(Access(Function(), now=lambda: NOW), runtime)) as port:
        yield port, runtime


@pytest.fixture
def runtime(server: tuple[int, FakeRuntime]) -> FakeRuntime:
    server[1].reset()
    return server[1]


@pytest.fixture
def port(server: tuple[int, FakeRuntime], runtime: FakeRuntime) -> int:
    return server[0]


def on_the_wire(*requests: Request) -> bytes:
    """The bytes of the requests, one behind the other on one connection, which the last one asks to close."""
    parts = []
    for request in requests:
        lines = [f"{request.method} {request.target} HTTP/1.1".encode()]
        lines += [name.encode() + b": " + value for name, value in request.headers]
        if "transfer-encoding" not in dict(request.headers):
            lines.append(b"content-length: %d" % len(request.body))
        if request is requests[-1]:
            lines.append(b"connection: close")
        parts.append(b"\r\n".join(lines) + b"\r\n\r\n" + request.body)
    return b"".join(parts)


def statuses(answers: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answers)]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 200), ("HEAD", 404)])
async def test_the_connection_stays_usable_after_any_kind_of_answer(
    port: int, runtime: FakeRuntime, method: str, status: int
) -> None:
    runtime.answer = {"statusCode": status, "body": "seven b" if status == 200 else ""}
    answers = await exchange(port, on_the_wire(signed(method=method), signed()))
    assert statuses(answers) == [status, status]


async def test_a_refused_head_request_leaves_the_connection_usable(port: int) -> None:
    refused = signed(method="HEAD").without("authorization")
    assert statuses(await exchange(port, on_the_wire(refused, signed()))) == [403, 200]


async def test_each_answer_has_one_date_and_no_server_of_the_stand_ins_own(port: int, runtime: FakeRuntime) -> None:
    runtime.answer = {"statusCode": 200, "headers": {"date": "of the function", "server": "uvicorn"}}
    answer = await exchange(port, on_the_wire(signed()))
    assert len(re.findall(rb"(?mi)^date: ", answer)) == 1
    assert not re.findall(rb"(?mi)^server: ", answer)
    assert b"x-amzn-remapped-date: of the function\r\n" in answer


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": 101},
        {"statusCode": 200, "headers": {"x-a": "a\r\nx-injected: b"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "cookies": ["a\r\nb"]},
    ],
    ids=ascii,
)
async def test_a_hostile_answer_is_a_502(port: int, runtime: FakeRuntime, answer: object) -> None:
    runtime.answer = answer
    received = await exchange(port, on_the_wire(signed(), signed()))
    assert statuses(received) == [502, 502]
    assert b"injected" not in received


async def test_an_odd_answer_that_is_none_the_less_right_goes_out(port: int, runtime: FakeRuntime) -> None:
    headers = {
        "X-Blank": " a ",
        "x-empty": "",
        "content-length": "99",
        "transfer-encoding": "chunked",
        "connection": "close",
    }
    runtime.answer = {"statusCode": "299", "headers": headers, "cookies": [""], "body": "whole"}
    answers = await exchange(port, on_the_wire(signed(), signed()))
    assert statuses(answers) == [299, 299]
    assert answers.endswith(b"\r\n\r\nwhole")


async def test_takes_a_body_in_chunks(port: int, runtime: FakeRuntime) -> None:
    request = signed(method="POST", body=b"hello", headers=(("content-type", "text/plain"),))
    chunked = request.with_header("transfer-encoding", "chunked").but(body=b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
    assert statuses(await exchange(port, on_the_wire(chunked))) == [200]
    assert runtime.event["body"] == "hello"
    assert "transfer-encoding" not in runtime.event["headers"]


async def test_lets_a_client_that_asks_send_its_body(port: int) -> None:
    request = signed(method="POST", body=b"hello").with_header("expect", "100-continue")
    assert statuses(await exchange(port, on_the_wire(request))) == [100, 200]


@pytest.mark.parametrize("target", ["/a#b", "*", "http://127.0.0.1:9000/", "//a#"])
async def test_refuses_a_target_that_could_be_read_in_two_ways(port: int, target: str) -> None:
    assert statuses(await exchange(port, on_the_wire(signed().but(target=target)))) == [400]


async def test_keeps_the_path_and_query_as_sent(port: int, runtime: FakeRuntime) -> None:
    target = "//a/../b%2f/%7E?b=%2f&a=1&&c"
    request = signed(target, canonical_query="a=1&b=%2F&c=")
    assert statuses(await exchange(port, on_the_wire(request))) == [200]
    assert (runtime.event["rawPath"], runtime.event["rawQueryString"]) == ("//a/../b%2f/%7E", "b=%2f&a=1&&c")


async def test_ends_with_the_client_that_leaves_within_its_body(app: LocalAws, runtime: FakeRuntime) -> None:
    ended = asyncio.Event()

    async def watched(scope: Scope, receive: Receive, send: AsgiSend) -> None:
        await app(scope, receive, send)
        ended.set()

    async with served(watched) as port:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(on_the_wire(signed(method="POST", body=b"hello"))[:-1])
        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(ended.wait(), 10)
    assert runtime.events == []


def with_note(value: bytes) -> Request:
    request = signed("/")
    return request.but(headers=(*request.headers, ("x-note", value)))


@pytest.mark.parametrize("byte", [b"\x01", b"\x1b", b"\x7f"], ids=ascii)
async def test_refuses_a_control_character_in_a_header(port: int, runtime: FakeRuntime, byte: bytes) -> None:
    """The adapter would take such an event for none of HTTP's, and hand it to the app as a direct invocation."""
    answers = await exchange(port, on_the_wire(with_note(b"a" + byte + b"b")))
    assert statuses(answers) == [400]
    assert runtime.events == []


@pytest.mark.parametrize("value", [b"a\tb", "caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode()], ids=ascii)
async def test_takes_a_tab_and_utf_8_in_a_header(port: int, value: bytes) -> None:
    assert statuses(await exchange(port, on_the_wire(with_note(value)))) == [200]


async def test_takes_an_encoded_control_character_in_the_path(port: int, runtime: FakeRuntime) -> None:
    assert statuses(await exchange(port, on_the_wire(signed("/a%7Fb")))) == [200]
    assert runtime.event["rawPath"] == "/a%7Fb"
