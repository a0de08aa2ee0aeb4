"""64 clients for some seconds while the function is killed, delayed, cut off and throttled: no wrong answer, no hang.

EDGE_LOAD_SECONDS makes it longer.
"""

import asyncio
import itertools
import os
import time
from collections import Counter

import pytest

from tests.edge_caller.wire import exchange, head
from tests.faults.edge_process import edge_process

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

SECONDS = float(os.environ.get("EDGE_LOAD_SECONDS", "10"))
CLIENTS = 64
THROTTLED = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"


async def misbehaving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers with the request's own number, but for the faults that each connection has in a turn of its own."""
    for turn in itertools.count(next(CONNECTIONS)):
        start = await head(reader)
        lines = dict(line.lower().split(b": ", 1) for line in start.split(b"\r\n")[1:-2])
        await reader.readexactly(int(lines.get(b"content-length", b"0")))
        number = lines[b"x-number"]
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(number), number)
        match turn % 16:
            case 3:
                return  # killed before an answer
            case 6:
                await asyncio.sleep(0.2)
                writer.write(answer)
            case 9:
                writer.write(answer[:-1])  # cut off
                return
            case 12:
                writer.write(THROTTLED)
            case 14:
                writer.write(answer + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray")
            case _:
                writer.write(answer)


CONNECTIONS = itertools.count()


async def ask(port: int, method: bytes, number: bytes) -> tuple[str, bytes]:
    """The status and body of one request's answer; "cut off" where the edge broke it off."""
    request = b"%b / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nx-number: %b\r\nContent-Length: 100\r\n\r\n"
    answer = await exchange(port, request % (method, number) + b"x" * 100)
    start, _, body = answer.partition(b"\r\n\r\n")
    lines = dict(line.lower().split(b": ", 1) for line in start.split(b"\r\n")[1:])
    if len(body) < int(lines[b"content-length"]):
        return "cut off", body
    return start.split(b" ")[1].decode(), body


async def test_no_answer_is_wrong_and_none_hangs() -> None:
    outcomes: Counter[str] = Counter()
    numbers = itertools.count(1)
    end = time.monotonic() + SECONDS
    log: list[str] = []

    async def client(port: int, method: bytes) -> None:
        while time.monotonic() < end:
            number = b"%d" % next(numbers)
            async with asyncio.timeout(20):
                status, body = await ask(port, method, number)
            outcomes[status] += 1
            assert status != "200" or body == number

    async with edge_process(misbehaving) as edge:
        edge.on_lines(log.append)
        await asyncio.gather(*(client(edge.port, b"POST" if n % 4 else b"PUT") for n in range(CLIENTS)))
        assert edge.resident_mib() < 150
    assert outcomes["200"] > 100
    assert set(outcomes) <= {"200", "429", "502", "cut off"}, outcomes
    assert not [line for line in log if not line.startswith("{")]
