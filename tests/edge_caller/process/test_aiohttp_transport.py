"""aiohttp under httpx's interface, over real sockets: what is sent is what was signed, and what went wrong is said."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest

from edge_caller.process.aiohttp_transport import (
    MAX_HEADER_LINE_BYTES,
    MAX_HEADER_LINES,
    PART_BYTES,
    AiohttpTransport,
    Protocol,
)
from tests.edge_caller.wire import Handler, head, upstream

pytestmark = pytest.mark.anyio

LARGE = 6_000_000
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def answer_of(
    handler: Handler, target: str = "/", *, method: str = "GET", content: bytes = b"", times: int = 1, **more: Any
) -> tuple[httpx.Response, bytes]:
    """The last answer to so many requests over one transport, and its body."""
    transport = AiohttpTransport()
    async with upstream(handler) as port:
        try:
            for _ in range(times):
                headers = {"host": "function.example", "content-length": str(len(content))} if content else {}
                url = f"http://127.0.0.1:{port}{target}"
                request = httpx.Request(method, url, headers=headers, content=content, **more)
                response = await transport.handle_async_request(request)
                try:
                    body = b"".join([piece async for piece in response.stream])  # type: ignore[union-attr]
                finally:
                    await response.aclose()
        finally:
            await transport.aclose()
    return response, body


async def written(target: str, *, method: str = "GET", content: bytes = b"") -> list[bytes]:
    """The lines of the head that were sent, and the body."""
    got: list[bytes] = []

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.extend((await head(reader)).split(b"\r\n")[:-2])
        got.append(await reader.readexactly(len(content)))
        writer.write(OK)

    await answer_of(function, target, method=method, content=content)
    return got


@pytest.mark.parametrize("target", ["/a//b", "//a", "/a%2Fb%2fc", "/'(a)!*", "/?a=b&&c", "/?q='%27%20%2B", "/|;=@,$&~"])
async def test_sends_the_target_byte_for_byte(target: str) -> None:
    assert (await written(target))[0] == f"GET {target} HTTP/1.1".encode()


async def test_sends_the_target_among_the_extensions_instead() -> None:
    got: list[bytes] = []

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await head(reader))
        writer.write(OK)

    await answer_of(function, "/other", extensions={"target": b"//a?b&&c"})
    assert got[0].startswith(b"GET //a?b&&c HTTP/1.1\r\n")


async def test_adds_no_header() -> None:
    names = [line.partition(b":")[0].lower() for line in (await written("/"))[1:-1]]
    assert names == [b"host"]


@pytest.mark.parametrize("size", [1, 65_536, 6_291_456])
async def test_sends_a_body_of_any_size_with_its_length(size: int) -> None:
    lines = await written("/", method="POST", content=b"x" * size)
    assert f"content-length: {size}".encode() in [line.lower() for line in lines[:-1]]
    assert lines[-1] == b"x" * size


@pytest.mark.parametrize("times", [1, 3])
async def test_uses_a_connection_again_and_keeps_no_cookie(times: int) -> None:
    heads: list[bytes] = []
    connections: list[asyncio.StreamWriter] = []

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while True:
            heads.append(await head(reader))
            writer.write(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: session=mine\r\n\r\n"))

    await answer_of(function, times=times)
    assert (len(heads), len(connections)) == (times, 1)
    assert b"session" not in b"".join(heads)


async def test_takes_large_headers() -> None:
    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nx-large: %b\r\n\r\n" % (b"v" * 20_000)))

    assert len((await answer_of(function))[0].headers["x-large"]) == 20_000


async def test_keeps_the_bytes_of_an_answers_headers() -> None:
    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nX-Name: caf\xe9\r\n\r\n"))

    assert (b"X-Name", b"caf\xe9") in (await answer_of(function))[0].headers.raw


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_says_that_something_was_sent_when_no_answer_came(method: str) -> None:
    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)

    with pytest.raises(httpx.ReadError):
        await answer_of(function, method=method)


@pytest.mark.parametrize(
    "garbage",
    [
        b"no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * (MAX_HEADER_LINES + 1) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"v" * (MAX_HEADER_LINE_BYTES + 1) + b"\r\n\r\n",
    ],
    ids=["no HTTP", "length", "control character", "too many lines", "too long a line"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_says_that_an_answer_is_malformed_or_too_large(garbage: bytes, method: str) -> None:
    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(garbage)

    with pytest.raises(httpx.RemoteProtocolError):
        await answer_of(function, method=method)


async def test_takes_as_many_header_lines_as_an_answer_may_have() -> None:
    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        lines = b"x: y\r\n" * (MAX_HEADER_LINES - 2)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-large: " + b"v" * 200_000 + b"\r\n" + lines + b"\r\n")

    assert len((await answer_of(function))[0].headers.raw) == MAX_HEADER_LINES


UNASKED = OK.replace(b"200 OK", b"200 Of another client")


@pytest.mark.parametrize("at_once", [True, False], ids=["with the answer", "later"])
async def test_gives_no_one_the_data_that_arrived_on_an_idle_connection(at_once: bool) -> None:
    """aiohttp hands it to the next request as its answer."""
    heads: list[bytes] = []
    sent = asyncio.Event()

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await head(reader))
            writer.write(OK + (UNASKED if at_once else b""))
            if not at_once:
                await asyncio.sleep(0)  # the answer is a packet of its own
                writer.write(UNASKED)
            await writer.drain()
            sent.set()

    transport = AiohttpTransport()
    async with upstream(function) as port:
        for _ in range(3):
            response = await transport.handle_async_request(httpx.Request("GET", f"http://127.0.0.1:{port}/"))
            async for _ in response.stream:  # type: ignore[union-attr]
                pass
            await sent.wait()
            await asyncio.sleep(0.05)  # until it has arrived
            assert response.extensions.get("reason_phrase") is None
        await transport.aclose()
    assert len(heads) == 3


@pytest.mark.parametrize(
    "start",
    [b"Content-Length: 9\r\n\r\nfirst", b"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"],
    ids=["length", "chunks"],
)
async def test_says_that_an_answer_broke_off(start: bytes) -> None:
    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n" + start)

    with pytest.raises(httpx.ReadError):
        await answer_of(function)


async def test_says_at_once_that_a_later_chunk_is_malformed() -> None:
    malformed = asyncio.Event()

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await malformed.wait()
        writer.write(b"zz\r\n")
        await reader.read()  # until the transport closes the connection

    async with upstream(function) as port:
        transport = AiohttpTransport()
        response = await transport.handle_async_request(httpx.Request("GET", f"http://127.0.0.1:{port}/"))
        pieces = aiter(response.stream)  # type: ignore[arg-type]  # an async transport's stream is async
        assert await anext(pieces) == b"first"
        malformed.set()
        with pytest.raises(httpx.ReadError):
            await asyncio.wait_for(anext(pieces), 10)
        await response.aclose()
        await transport.aclose()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://function.invalid/"], ids=["nothing listens", "no such name"]
)
async def test_says_that_nothing_was_sent(url: str) -> None:
    transport = AiohttpTransport()
    with pytest.raises(httpx.ConnectError):
        await transport.handle_async_request(httpx.Request("POST", url))
    await transport.aclose()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_sends_nothing_again_by_itself_on_a_connection_that_was_closed(method: str) -> None:
    """aiohttp's ClientSession would send a GET a second time, which no one had counted."""
    heads: list[bytes] = []

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head(reader))
        if len(heads) == 1:
            writer.write(OK)
            heads.append(await head(reader))  # read, and the connection closed without an answer

    with pytest.raises(httpx.ReadError):
        await answer_of(function, method=method, times=2)
    assert len(heads) == 2


async def test_leaves_nothing_behind_when_it_is_cancelled() -> None:
    """While a body is still being written, to a listener that takes none of it."""
    transport = AiohttpTransport()
    with listener_with_little_room() as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        request = httpx.Request("POST", url, content=b"x" * LARGE)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transport.handle_async_request(request), 0.2)
        await asyncio.sleep(0)  # for what was cancelled with it
        assert await asyncio.to_thread(bytes_until_the_end, listener) < LARGE
        await transport.aclose()


async def test_reads_an_answer_that_comes_before_the_whole_request_was_sent() -> None:
    """The connection isn't used again: the rest of the body would be taken for the next request."""
    transport = AiohttpTransport()
    accepted: list[int] = []

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        accepted.append(1)
        writer.write(OK)
        await asyncio.Event().wait()

    async with upstream(function) as port:
        for _ in range(2):
            request = httpx.Request("POST", f"http://127.0.0.1:{port}/", content=b"x" * 50_000_000)
            response = await asyncio.wait_for(transport.handle_async_request(request), 10)
            assert [part async for part in response.stream] == [b"ok"]  # type: ignore[union-attr]
        await transport.aclose()
    assert len(accepted) == 2


class Written(asyncio.Transport):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return 0


async def test_writes_a_large_body_no_faster_than_the_connection_takes_it() -> None:
    protocol, connection = Protocol(asyncio.get_running_loop()), Written()
    protocol.connection_made(connection)
    protocol.pause_writing()
    protocol.send(b"head", b"x" * 200_000)
    assert (len(connection.written), protocol.is_sending) == (4 + PART_BYTES, True)
    protocol.resume_writing()
    assert (connection.written, protocol.is_sending) == (b"head" + b"x" * 200_000, False)


async def test_waits_for_the_answer_that_others_announce() -> None:
    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")
        writer.write(OK)

    response, body = await answer_of(function)
    assert (response.status_code, body, "link" in response.headers) == (200, b"ok", False)


async def test_sends_the_bytes_of_a_header_as_they_are() -> None:
    got: list[bytes] = []

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await head(reader))
        writer.write(OK)

    transport = AiohttpTransport()
    async with upstream(function) as port:
        headers = [(b"host", b"function.example"), (b"X-Name", b"caf\xe9"), (b"x-name", b"\xc3\xa9")]
        request = httpx.Request("GET", f"http://127.0.0.1:{port}/", headers=headers)
        await (await transport.handle_async_request(request)).aread()
        await transport.aclose()
    assert got == [b"GET / HTTP/1.1\r\nhost: function.example\r\nX-Name: caf\xe9\r\nx-name: \xc3\xa9\r\n\r\n"]


@pytest.mark.parametrize("end", ["\n", "\r", "\0"])
@pytest.mark.parametrize("place", ["target", "name", "value"])
async def test_sends_no_line_break_in_a_header_or_the_target(place: str, end: str) -> None:
    headers = {"name": {f"x{end}y: z": "v"}, "value": {"x": f"v{end}y: z"}}.get(place, {})
    extensions = {"target": f"/{end}x".encode()} if place == "target" else {}
    request = httpx.Request("GET", "http://127.0.0.1:1/", headers=headers, extensions=extensions)
    with pytest.raises(httpx.LocalProtocolError):
        await AiohttpTransport().handle_async_request(request)


def listener_with_little_room() -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def bytes_until_the_end(listener: socket.socket) -> int:
    """What arrives on the next connection until its other side ends it."""
    count = 0
    with listener.accept()[0] as connection, contextlib.suppress(ConnectionResetError):
        connection.settimeout(10)
        while part := connection.recv(65_536):
            count += len(part)
    return count


def test_aiohttp_is_not_imported_unless_it_is_used() -> None:
    """A Worker runs the same package without it."""
    program = "import sys, edge_caller.app; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
