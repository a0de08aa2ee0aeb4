"""Requests that mean harm, as bytes over a real socket: none is a 500, reaches another host, or is signed wrong."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from local_aws.iam.access import Access
from local_aws.received import ReceivedRequest
from local_aws.record import Record
from local_aws.refusals import forbidden
from policies.function import Function
from running.processes import local_caller
from tests.edge_caller.wire import SERVERS, edge_before, exchange, head

pytestmark = pytest.mark.anyio

END = b"Host: edge.example\r\nConnection: close\r\n"
KEY = local_caller("edge-caller")
KEYS = {"AWS_ACCESS_KEY_ID": KEY.access_key_id, "AWS_SECRET_ACCESS_KEY": KEY.secret_access_key}


@dataclass
class VerifyingFunction:
    """A function that verifies each request from its bytes, with the stand-in's verifier, and keeps its target."""

    targets: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            start, *lines = (await head(reader)).split(b"\r\n")[:-2]
            method, target, _ = start.split(b" ")
            headers = [(n.decode().lower(), v.strip()) for n, _, v in (line.partition(b":") for line in lines)]
            length = int(dict(headers).get("content-length", b"0"))
            path, _, query = target.decode().partition("?")
            body = await reader.readexactly(length)
            received = ReceivedRequest(method.decode(), path, query, tuple(headers), body, "127.0.0.1", "1.1")
            # Raises what the edge gets wrong.
            record = Record("", datetime.now(UTC), method.decode(), path)
            Access(Function()).authenticate(received, record, unsigned=forbidden)
            self.targets.append(target)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@pytest.fixture(params=sorted(SERVERS))
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def through(request: bytes, server: str) -> tuple[int, list[bytes]]:
    """The status of the (first) answer, and the targets that the function got, each correctly signed."""
    function = VerifyingFunction()
    async with edge_before(function, server, **KEYS) as port:
        answer = await asyncio.wait_for(exchange(port, request), 10)
    return int(answer[9:12]), function.targets


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 4\r\n" + END + b"\r\nsmug",
        b"GET / HTTP/1.1\r\nContent-Length: abc\r\n" + END + b"\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n" + END + b"\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: +1\r\n" + END + b"\r\n1",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n" + END + b"\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n" + END + b"\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nX\x00Y: a\r\n" + END + b"\r\n",
        b"GET / HTTP/1.1\r\nX: a\x00b\r\n" + END + b"\r\n",
        b"GET / HTTP/1.1\r\nX: caf\xe9\r\n" + END + b"\r\n",
        b"GET /\x00 HTTP/1.1\r\n" + END + b"\r\n",
        b"GET /\x01\x7f HTTP/1.1\r\n" + END + b"\r\n",
        b"GET /caf\xe9 HTTP/1.1\r\n" + END + b"\r\n",
        b"GET /a/../b HTTP/1.1\r\n" + END + b"\r\n",
        b"GET /%2e%2E/b HTTP/1.1\r\n" + END + b"\r\n",
        b"GET * HTTP/1.1\r\n" + END + b"\r\n",
        b"CONNECT /x?a=1 HTTP/1.1\r\n" + END + b"\r\n",
        b"GET /a\\..\\b HTTP/1.1\r\n" + END + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"v" * 70_000 + b"\r\n" + END + b"\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 6291457\r\n" + END + b"\r\n",
    ],
)
async def test_refuses_it_and_sends_nothing(request_: bytes, server: str) -> None:
    status, targets = await through(request_, server)
    assert status in (400, 413, 431, 501, 505)
    assert targets == []


@pytest.mark.parametrize(
    ("request_", "target"),
    [
        (b"GET //other.example/x HTTP/1.1\r\n" + END + b"\r\n", b"//other.example/x"),
        (b"GET / HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n", b"/"),
        (b"GET / HTTP/1.1\r\nX-Forwarded-Host: other.example\r\n" + END + b"\r\n", b"/"),
        (b"GET /?" + b"&".join(b"k%d=v" % n for n in range(3000)) + b" HTTP/1.1\r\n" + END + b"\r\n", None),
        (b"GET / HTTP/1.1\r\nX: " + b"v" * 60_000 + b"\r\n" + END + b"\r\n", b"/"),
        (b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" + END + b"\r\nab", b"/"),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n"
            + END
            + b"\r\n1\r\na\r\n0\r\nX: 1\r\n\r\n",
            b"/",
        ),
        (b"GET / HTTP/1.1\r\nTE: trailers\r\n" + END + b"\r\n", b"/"),
        (b"OPTIONS /x HTTP/1.1\r\n" + END + b"\r\n", b"/x"),
        (b"GET /%E3%81%82 HTTP/1.1\r\n" + END + b"\r\n", b"/%E3%81%82"),
    ],
)
async def test_passes_it_on_to_the_function_and_nowhere_else(
    request_: bytes, target: bytes | None, server: str
) -> None:
    status, targets = await through(request_, server)
    assert status in (100, 200)
    assert targets == [target or request_.split(b" ")[1]]


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1\r\nX: a\r\n folded\r\n", b"GET / HTTP/9.9\r\n"])
async def test_granian_refuses_what_h11_reads(line: bytes) -> None:
    status, targets = await through(line + END + b"\r\n", "granian")
    assert (status, targets) == (400, [])


async def test_granian_takes_the_path_of_an_absolute_url() -> None:
    assert await through(b"GET http://other.example/x?y HTTP/1.1\r\n" + END + b"\r\n", "granian") == (200, [b"/x?y"])


async def test_passes_a_handshake_on_as_the_get_that_it_is(server: str) -> None:
    upgrade = b"Upgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n"
    request = b"GET / HTTP/1.1\r\nHost: edge.example\r\nConnection: Upgrade, close\r\n" + upgrade + b"\r\n"
    assert await through(request, server) == (200, [b"/"])


async def test_does_not_read_a_smuggled_second_request(server: str) -> None:
    """A body that looks like a request stays a body."""
    inner = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    request = b"GET / HTTP/1.1\r\nContent-Length: %d\r\n" % len(inner) + END + b"\r\n" + inner
    assert await through(request, server) == (200, [b"/"])


TARGETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40).map(
    lambda text: f"/{text}".encode()
)
HEADERS = st.lists(
    st.tuples(
        st.from_regex(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}", fullmatch=True).map(lambda name: b"X-" + name),
        st.binary(max_size=20).filter(lambda value: b"\r" not in value and b"\n" not in value),
    ),
    max_size=5,
)


@given(target=TARGETS, headers=HEADERS, method=st.sampled_from(["GET", "POST", "DELETE"]), body=st.binary(max_size=20))
@hypothesis_settings(max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
async def test_passes_any_target_and_header_on_rightly_signed_or_refuses_it(
    target: bytes, headers: list[tuple[bytes, bytes]], method: str, body: bytes, server: str
) -> None:
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    length = b"Content-Length: %d\r\n" % len(body)
    status, targets = await through(
        method.encode() + b" " + target + b" HTTP/1.1\r\n" + lines + length + END + b"\r\n" + body, server
    )
    assert (status, len(targets)) in ((200, 1), (400, 0))
    for sent in targets:
        assert path_of(sent) == path_of(target)


def path_of(target: bytes) -> bytes:
    """The part that never changes: a fragment is cut off, an ambiguous query is rewritten."""
    return target.partition(b"#")[0].partition(b"?")[0]
