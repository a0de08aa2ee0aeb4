"""Reads a stream, and notes how long after the app's yield each event came. Both have the same machine's clock."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.streaming.report import Delays
from running.ports import HOST

find_time = re.compile(rb'"sent_at": ([\d.]+)').search


@asynccontextmanager
async def opened(port: int, target: str) -> AsyncIterator[asyncio.StreamReader]:
    """The body of a 200, still chunked."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {target} HTTP/1.1\r\nhost: {HOST}:{port}\r\nconnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"{target}: {head.splitlines()[0].decode()}")
        yield reader
    finally:
        writer.close()


async def read_events(port: int, count: int, delay_seconds: float) -> Delays:
    """The delays of one stream."""
    came: list[float] = []
    async with opened(port, f"/stream?count={count}&delay_seconds={delay_seconds}") as reader:
        while line := await reader.readline():
            now = time.time()
            if found := find_time(line):
                came.append((now - float(found[1])) * 1000)
    return Delays(count, came[:1], came[1:])


async def read_streams(port: int, streams: int, count: int, delay_seconds: float) -> Delays:
    """The delays of so many streams at once."""
    each = await asyncio.gather(*(read_events(port, count, delay_seconds) for _ in range(streams)))
    return sum(each, Delays())


async def read_bytes(port: int, count: int) -> None:
    size = 0
    async with opened(port, f"/bytes?count={count}") as reader:
        while data := await reader.read(1 << 20):
            size += len(data)
    if size < count:
        raise RuntimeError(f"{size} of {count} bytes came")
