"""What strangers do to the edge caller as a process: they lose nothing of others', and hold nothing for long.

Each of these failed with the server that the edge caller had before, in its own way; EDGE_CALLER_FOLDER names another
checkout to see that.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.edge_caller.wire import HOST, Connection, connected, exchange, head
from tests.faults.edge_process import edge_process

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: edge.example\r\nConnection: close\r\n\r\n"
POST = b"POST /orders HTTP/1.1\r\nHost: edge.example\r\n"
TOKEN = "a-bearer-token-of-this-test"
MIB = 2**20


class Function:
    """Answers each request with 200, and keeps its head and body."""

    def __init__(self) -> None:
        self.requests: list[tuple[bytes, bytes]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            start = await head(reader)
            lines = dict(line.lower().split(b": ", 1) for line in start.split(b"\r\n")[1:-2])
            body = await reader.readexactly(int(lines.get(b"content-length", b"0")))
            self.requests.append((start, body))
            writer.write(OK)


async def reads_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers with more than any buffer holds."""
    await head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (500 * MIB))
    while True:
        writer.write(b"x" * MIB)
        await writer.drain()


@asynccontextmanager
async def clients(port: int, count: int, data: bytes) -> AsyncIterator[list[Connection]]:
    """That many connections, each of which has sent the bytes."""
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(connected(port)) for _ in range(count)]
        for _, writer in connections:
            writer.write(data)
        yield connections


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.05)


async def closed(connections: list[Connection], seconds: float) -> None:
    """Returns when the edge has closed all of them."""
    async with asyncio.timeout(seconds):
        for reader, _ in connections:
            with contextlib.suppress(ConnectionError):
                while await reader.read(65_536):
                    pass


@pytest.mark.parametrize("curl", [["--http2"], ["--http1.0"], ["-H", "Expect: 100-continue"], ["-H", "Upgrade: h2c"]])
async def test_a_body_arrives_whole_whatever_curl_asks_for_beside_it(curl: list[str]) -> None:
    function = Function()
    async with edge_process(function) as edge:
        command = ["curl", "-s", *curl, "-d", "order=42", f"http://{HOST}:{edge.port}/orders"]
        answer = await asyncio.to_thread(subprocess.check_output, command)
    assert answer == b"ok"
    assert [body for _, body in function.requests] == [b"order=42"]


JAVA = """
import java.net.URI;
import java.net.http.*;
public class Order {
    public static void main(String[] arguments) throws Exception {
        var body = HttpRequest.BodyPublishers.ofString("order=42");
        var request = HttpRequest.newBuilder(URI.create(arguments[0])).POST(body).build();
        System.out.print(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
}
"""


@pytest.mark.skipif(not shutil.which("java"), reason="there is no Java on this machine")
async def test_a_body_arrives_whole_from_javas_client(tmp_path: Path) -> None:
    """It asks for an upgrade to HTTP/2 by default."""
    (tmp_path / "Order.java").write_text(JAVA)
    function = Function()
    async with edge_process(function) as edge:
        command = ["java", str(tmp_path / "Order.java"), f"http://{HOST}:{edge.port}/orders"]
        answer = await asyncio.to_thread(subprocess.check_output, command)
    assert answer == b"ok"
    assert [body for _, body in function.requests] == [b"order=42"]


@pytest.mark.parametrize("upgrade", [b"", b"Connection: Upgrade\r\nUpgrade: h2c\r\n"])
async def test_a_body_that_looks_like_a_request_stays_a_body(upgrade: bytes) -> None:
    """In a packet of its own, too."""
    inner = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    function = Function()
    async with edge_process(function) as edge, connected(edge.port) as (reader, writer):
        writer.write(POST + upgrade + b"Content-Length: %d\r\n\r\n" % len(inner))
        await writer.drain()
        await asyncio.sleep(0.1)  # so that the body is a packet of its own
        writer.write(inner)
        assert b" 200 " in await head(reader)
    assert [body for _, body in function.requests] == [inner]


@pytest.mark.parametrize(
    "trailer", [b"cookie: session=stolen", b"x-amz-date: x", b"authorization: Bearer " + TOKEN.encode()]
)
async def test_trailers_are_no_headers(trailer: bytes) -> None:
    chunked = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n" + trailer + b"\r\n\r\n"
    function = Function()
    token = {"EDGE_BEARER_TOKEN": TOKEN} if b"Bearer" in trailer else {}
    async with edge_process(function, **token) as edge:
        answer = await exchange(edge.port, chunked)
    assert answer.split(b" ")[1] == (b"401" if token else b"200")
    assert all(trailer not in start for start, _ in function.requests)


async def pour(port: int, start: bytes, endless: bytes, limit: int) -> int:
    """How many bytes of `endless` the edge takes after `start`, up to the limit."""
    sent = 0
    async with connected(port) as (reader, writer):
        writer.write(start)
        with contextlib.suppress(ConnectionError, TimeoutError):
            while sent < limit and not reader.at_eof():
                writer.write(endless)
                async with asyncio.timeout(2):
                    await writer.drain()
                sent += len(endless)
                await asyncio.sleep(0)
    return sent


@pytest.mark.parametrize(
    ("start", "endless"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"x-line: " + b"v" * 8_000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nx-amz-line: ", b"v" * 8_000),
        (b"GET /", b"v" * 8_000),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n", b"x-trailer: " + b"v" * 8_000 + b"\r\n"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2;", b"v" * 8_000),
    ],
    ids=["header lines", "one header", "the URL", "trailers", "a chunk's extension"],
)
async def test_a_head_or_trailer_without_end_is_refused_and_fills_no_memory(start: bytes, endless: bytes) -> None:
    async with edge_process(Function(), EDGE_BEARER_TOKEN=TOKEN) as edge:
        before = edge.resident_mib()
        sent = await pour(edge.port, start, endless, 64 * MIB)
        assert sent < 64 * MIB
        assert edge.peak_mib() - before < 40
        assert b" 401 " in await exchange(edge.port, GET)


@pytest.mark.parametrize(
    ("start", "endless", "status"),
    [
        (b"Content-Length: %d\r\n\r\n" % (5_000 * MIB), b"x" * 65_536, b"413"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4_096 + b"\r\n", b"413"),
        (b"Content-Length: %d\r\n\r\n" % (5 * MIB), b"x" * 65_536, b"401"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4_096 + b"\r\n", b"401"),
        (b"Transfer-Encoding: gzip, chunked\r\n\r\n", b"1000\r\n" + b"x" * 4_096 + b"\r\n", b"501"),
    ],
)
async def test_the_body_of_a_refused_request_is_not_swallowed(start: bytes, endless: bytes, status: bytes) -> None:
    log: list[str] = []
    async with edge_process(Function(), **({"EDGE_BEARER_TOKEN": TOKEN} if status == b"401" else {})) as edge:
        edge.on_lines(log.append)
        assert await pour(edge.port, POST + start, endless, 256 * MIB) < 64 * MIB
        await until(lambda: f'"status": {status.decode()}' in "".join(log))


async def test_unfinished_heads_and_silent_connections_are_closed() -> None:
    async with edge_process(Function(), EDGE_IDLE_TIMEOUT_SECONDS="1") as edge:
        idle = GET.replace(b"Connection: close\r\n", b"")
        async with (
            clients(edge.port, 100, b"GET / HTTP/1.1\r\nHost: a\r\n") as unfinished,
            clients(edge.port, 100, b"") as silent,
            clients(edge.port, 100, idle) as kept,
        ):
            await closed([*unfinished, *silent, *kept], 10)


async def test_a_client_beyond_the_limit_waits_for_a_free_connection() -> None:
    limits = {"EDGE_MAX_CLIENT_CONNECTIONS": "20", "EDGE_IDLE_TIMEOUT_SECONDS": "1"}
    async with edge_process(Function(), **limits) as edge, clients(edge.port, 40, b"GET / HTTP/1.1\r\n"):
        assert edge.open_files() < 80
        async with asyncio.timeout(15):
            assert b" 200 " in await exchange(edge.port, GET)


async def test_clients_that_read_nothing_lose_their_places_and_connections() -> None:
    limits = {"EDGE_MAX_CONNECTIONS": "5", "EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS": "0.5", "EDGE_POOL_WAIT_SECONDS": "5"}
    answers = iter([reads_nothing] * 5 + [Function()] * 5)

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await next(answers)(reader, writer)

    async with edge_process(function, **limits) as edge:
        before = edge.open_files()
        async with clients(edge.port, 5, GET):
            await asyncio.sleep(0.2)  # they have the places
            assert b" 200 " in await exchange(edge.port, GET)
            await until(lambda: edge.open_files() <= before + 4)


async def test_unfinished_bodies_fill_no_memory_and_hold_no_place() -> None:
    body = POST + b"Content-Length: %d\r\n\r\n" % (6 * MIB) + b"x" * (6 * MIB - 1)
    async with edge_process(Function(), EDGE_MAX_CONNECTIONS="5") as edge:
        before = edge.resident_mib()
        async with clients(edge.port, 100, body):
            async with asyncio.timeout(20):
                assert b" 200 " in await exchange(edge.port, GET)
            await asyncio.sleep(1)  # as much of them as it takes has arrived
            assert edge.peak_mib() - before < 200
            assert b" 200 " in await exchange(edge.port, GET)


@pytest.mark.parametrize("lines", [129, 1_000])
async def test_an_answer_with_many_header_lines_passes(lines: int) -> None:
    many = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + b"x: y\r\n" * (lines - 1) + b"\r\n"
    assert await answered_once(many) == b"200"


@pytest.mark.parametrize("method", [b"GET", b"PUT", b"DELETE"])
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1_001 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"v" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ],
    ids=["too many lines", "too long a line", "no status", "no HTTP"],
)
async def test_a_malformed_answer_is_not_asked_for_again(method: bytes, answer: bytes) -> None:
    assert await answered_once(answer, method) == b"502"


async def answered_once(answer: bytes, method: bytes = b"GET") -> bytes:
    """The status of the edge's answer, where the function has run once."""
    runs = 0

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal runs
        await head(reader)
        runs += 1
        writer.write(answer)

    async with edge_process(function) as edge:
        status = (await exchange(edge.port, GET.replace(b"GET", method, 1))).split(b" ")[1]
    assert runs == 1
    return status


async def test_no_request_waits_for_a_log_that_nobody_reads() -> None:
    """A pipe holds some 300 lines."""
    reader_stalls = threading.Event()
    async with edge_process(Function()) as edge:
        edge.on_lines(lambda _: reader_stalls.wait(60))
        async with asyncio.timeout(60):
            for _ in range(1_500):
                assert b" 200 " in await exchange(edge.port, GET)
            assert b" 200 " in await asyncio.to_thread(ask_health, edge.port)
        reader_stalls.set()


def ask_health(port: int) -> bytes:
    command = ["curl", "-s", "-i", "-m", "2", f"http://{HOST}:{port}/_edge/health"]
    return subprocess.run(command, capture_output=True, check=False).stdout


STUCK = {
    "a client that reads nothing": GET,
    "an unfinished body": POST + b"Content-Length: 9\r\n\r\nfirst",
    "an unfinished head": b"GET / HTTP/1.1\r\nHost: a\r\n",
    "a silent connection": b"",
}


@pytest.mark.parametrize("data", STUCK.values(), ids=STUCK)
async def test_sigterm_ends_it_in_time_whatever_is_stuck(data: bytes) -> None:
    limits = {"EDGE_DRAIN_SECONDS": "2", "EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS": "60"}
    async with edge_process(reads_nothing, **limits) as edge, clients(edge.port, 5, data):
        await asyncio.sleep(0.3)
        began = time.monotonic()
        edge.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(edge.process.wait, 20)
        assert time.monotonic() - began < 2 + 3


async def test_workers_end_when_their_supervisor_is_killed() -> None:
    async with edge_process(Function(), EDGE_WORKERS="2") as edge:
        workers = edge.workers
        edge.process.kill()
        await until(lambda: not any(map(runs, workers)))


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_ends_when_a_worker_is_killed(workers: str) -> None:
    async with edge_process(Function(), EDGE_WORKERS=workers) as edge:
        os.kill(edge.workers[0], signal.SIGKILL)
        assert await asyncio.to_thread(edge.process.wait, 20) != 0


async def test_a_client_that_closes_its_sending_side_gets_no_answer() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        await asyncio.sleep(0.5)
        writer.write(OK)

    async with edge_process(slow) as edge, connected(edge.port) as (reader, writer):
        writer.write(GET)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 20) == b""


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_nothing_is_left_of_calls_that_clients_cancelled() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        await reader.read()

    async with edge_process(slow, EDGE_MAX_CONNECTIONS="2000") as edge:
        assert b" 200 " in await asyncio.to_thread(ask_health, edge.port)
        before, memory = edge.open_files(), 0.0
        for turn in range(20):  # 10,000 calls
            async with clients(edge.port, 500, GET):
                await asyncio.sleep(0.15)
            memory = memory or edge.resident_mib()
            assert turn < 1 or edge.resident_mib() < memory + 30
        await until(lambda: edge.open_files() <= before + 4)
