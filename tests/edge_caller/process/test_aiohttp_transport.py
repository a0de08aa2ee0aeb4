"""aiohttp under httpx's interface, over real sockets: what is sent is what was signed, and what went wrong is said."""

import asyncio
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest

from edge_caller.process.aiohttp_transport import (
    LARGE_BODY_BYTES,
    MAX_HEADER_LINE_BYTES,
    MAX_HEADER_LINES,
    AiohttpTransport,
)
from tests.edge_caller.wire import Handler, head, upstream

pytestmark = pytest.mark.anyio

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


@pytest.mark.parametrize("size", [1, LARGE_BODY_BYTES, LARGE_BODY_BYTES + 1, 6_291_456])
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
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        request = httpx.Request("POST", url, content=b"x" * 6_000_000)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transport.handle_async_request(request), 0.2)
        await asyncio.sleep(0)  # for what was cancelled with it
        assert not [task for task in asyncio.all_tasks() if "write_bytes" in repr(task)]
        await transport.aclose()


def test_aiohttp_is_not_imported_unless_it_is_used() -> None:
    """A Worker runs the same package without it."""
    program = "import sys, edge_caller.app; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
