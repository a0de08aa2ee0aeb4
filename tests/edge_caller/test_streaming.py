"""Streaming over real sockets: what has come is passed on while the rest is still to be made."""

import asyncio
import contextlib

import pytest

from tests.edge_caller.wire import connected, edge_before, exchange, head

pytestmark = pytest.mark.anyio

GET = b"GET / HTTP/1.1\r\nHost: edge.example\r\nConnection: close\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("start", "first", "last"),
    [
        (CHUNKED, b"5\r\nfirst\r\n", b"4\r\nlast\r\n0\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"first", b"last"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"first", b"last"),
    ],
    ids=["chunked", "with a length", "until the end"],
)
async def test_passes_on_the_first_part_before_the_last_is_made(start: bytes, first: bytes, last: bytes) -> None:
    first_has_arrived = asyncio.Event()

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(start + first)
        await first_has_arrived.wait()
        writer.write(last)

    async with edge_before(function) as port, connected(port) as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"first")
        first_has_arrived.set()
        assert b"last" in await reader.read()


async def test_passes_on_the_head_before_any_of_the_body_is_made() -> None:
    head_has_arrived = asyncio.Event()

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(CHUNKED)
        await head_has_arrived.wait()
        writer.write(b"0\r\n\r\n")

    async with edge_before(function) as port, connected(port) as (reader, writer):
        writer.write(GET)
        assert (await head(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
        head_has_arrived.set()
        await reader.read()


async def test_takes_no_more_from_the_function_than_the_client_takes() -> None:
    """What is held for a client that reads nothing is a few buffers, of the kernel's above all; then all passes."""
    size, piece = 64 * 2**20, b"x" * 2**16
    held_back = asyncio.Event()
    written = 0

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(piece)):
            writer.write(piece)
            written += len(piece)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(writer.drain(), 1)
                continue
            held_back.set()
            await writer.drain()

    async with edge_before(function) as port, connected(port) as (reader, writer):
        writer.write(GET)
        await head(reader)
        await asyncio.wait_for(held_back.wait(), 20)
        assert written < size // 2
        assert len(await reader.read()) == size


@pytest.mark.parametrize(
    "answer",
    [CHUNKED + b"5\r\nfirst\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst"],
    ids=["chunked", "with a length"],
)
async def test_gives_a_cut_answer_no_clean_end(answer: bytes) -> None:
    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(answer)

    async with edge_before(function) as port:
        received = await exchange(port, GET)
    assert b"first" in received
    assert b"0\r\n\r\n" not in received
    assert b"content-length: 5" not in received.lower()


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'),
    ],
)
async def test_ends_an_answer_that_has_no_body_after_its_head(method: bytes, answer: bytes) -> None:
    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(answer)

    async with edge_before(function) as port:
        received = await exchange(port, GET.replace(b"GET", method))
    start, _, rest = received.partition(b"\r\n\r\n")
    assert start.split(b"\r\n")[0] == answer.split(b"\r\n")[0]
    assert rest == b""


async def test_sends_on_the_wire_what_came_over_it() -> None:
    got: list[bytes] = []

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await head(reader) + await reader.readexactly(4))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    request = (
        b"POST //a%2Fb/'(c)?d=%20&e=f+g HTTP/1.1\r\nHost: edge.example\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n"
    )
    async with edge_before(function) as port:
        await exchange(port, request + b"Connection: close\r\n\r\n4\r\nbody\r\n0\r\n\r\n")
    start, *headers = got[0].partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert start == b"POST //a%2Fb/'(c)?d=%20&e=f%20g HTTP/1.1"
    assert {b"x-one: 1", b"content-length: 4"} <= {header.lower() for header in headers}
    assert got[0].endswith(b"\r\n\r\nbody")


async def test_answers_502_when_the_answer_is_cut_before_its_body() -> None:
    """Nothing has been sent to the client yet, so it can still be told."""

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")

    async with edge_before(function) as port:
        received = await exchange(port, GET)
    assert received.startswith(b"HTTP/1.1 502 ")
    assert b"broke off" in received
