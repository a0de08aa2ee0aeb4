"""What goes wrong with the real three, under load: each request ends with the right answer or a problem document."""

import asyncio
import itertools
import shutil
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.edge_caller.wire import connected, exchange, head, upstream
from tests.faults.processes import HOST, ROOT, Service, Three

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SECONDS_TO_RECOVER = 1.0
CLIENTS = 8  # the stand-in lets ten in at once


class Clients:
    """Clients that ask one after the other, and what they were answered."""

    def __init__(self, port: int) -> None:
        self._url = f"http://{HOST}:{port}/items/42?q=hello"
        self.statuses: Counter[int] = Counter()
        self.answered = asyncio.Event()

    async def ask(self, client: httpx.AsyncClient, method: str = "GET") -> int:
        """The status; the answer must be the right one, or a problem document, or the function's own refusal."""
        answer = await client.request(method, self._url)
        self.statuses[answer.status_code] += 1
        self.answered.set()
        self.answered.clear()
        if answer.status_code == 200:
            assert answer.json() == {"item_id": 42, "q": "hello"}
        elif "x-amzn-requestid" not in answer.headers:
            assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code

    @asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """Load for as long as the block lasts; then every request that was begun has ended."""
        over = asyncio.Event()

        async def one_client(client: httpx.AsyncClient) -> None:
            while not over.is_set():
                await self.ask(client)

        client = httpx.AsyncClient(timeout=20, limits=httpx.Limits(max_connections=CLIENTS))
        async with client, asyncio.TaskGroup() as tasks:
            for _ in range(CLIENTS):
                tasks.create_task(one_client(client))
            yield
            over.set()

    async def until(self, count: Callable[[Counter[int]], bool]) -> None:
        async with asyncio.timeout(20):
            while not count(self.statuses):
                await self.answered.wait()

    async def seconds_until_well(self) -> float:
        """How long it takes until a request is answered with 200."""
        began = time.monotonic()
        async with httpx.AsyncClient(timeout=20) as client:
            while await self.ask(client) != 200:
                pass
        return time.monotonic() - began


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_the_upstream_is_stopped_and_started_again(number: signal.Signals) -> None:
    with Three() as three:
        clients = Clients(three.edge.port)
        async with clients.load():
            await clients.until(lambda statuses: statuses[200] >= 50)
            await asyncio.to_thread(three.url.stop, number)
            await clients.until(lambda statuses: statuses[502] >= 5)
            await asyncio.to_thread(three.url.start)
            assert await clients.seconds_until_well() < SECONDS_TO_RECOVER
        assert set(clients.statuses) <= {200, 502}


async def test_the_web_app_is_killed_and_started_again() -> None:
    """The Function URL answers 502 itself, as AWS does when a function fails."""
    with Three() as three:
        clients = Clients(three.edge.port)
        async with clients.load():
            await clients.until(lambda statuses: statuses[200] >= 50)
            await asyncio.to_thread(three.function.stop, signal.SIGKILL)
            await clients.until(lambda statuses: statuses[502] >= 5)
            await asyncio.to_thread(three.function.start)
            assert await clients.seconds_until_well() < SECONDS_TO_RECOVER
        assert set(clients.statuses) <= {200, 502}


async def test_the_function_is_throttled_in_bursts() -> None:
    """One call at once, eight clients: 429s are tried again, and what is left of them is passed back."""
    with Three({"LOCAL_AWS_RESERVED_CONCURRENCY": "1"}) as three:
        clients = Clients(three.edge.port)
        async with clients.load():
            await clients.until(lambda statuses: statuses[200] >= 50)
        assert await clients.seconds_until_well() < SECONDS_TO_RECOVER
        assert set(clients.statuses) <= {200, 429}


async def test_the_clock_is_ten_minutes_slow() -> None:
    """The first answer tells the right time, so no client is told of the wrong one."""
    with Three(edge_module="tests.faults.slow_clock") as three:
        clients = Clients(three.edge.port)
        async with clients.load():
            await clients.until(lambda statuses: statuses.total() >= 50)
        assert set(clients.statuses) == {200}


async def test_the_credentials_expire_and_are_renewed(tmp_path: Path) -> None:
    """The stand-in reads its callers at each request: their expiry is brought forward, then put off again."""
    for folder in ("local_aws", "policies"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    callers = tmp_path / "local_aws" / "iam" / "callers.toml"
    valid = callers.read_text("utf-8")
    with Three(caller="temporary-caller", aws_folder=tmp_path) as three:
        clients = Clients(three.edge.port)
        async with clients.load():
            await clients.until(lambda statuses: statuses[200] >= 50)
            put(callers, valid.replace("expires_at = 2099", "expires_at = 2020"))
            await clients.until(lambda statuses: statuses[403] >= 5)
            put(callers, valid)
            assert await clients.seconds_until_well() < SECONDS_TO_RECOVER
        assert set(clients.statuses) == {200, 403}


def put(path: Path, text: str) -> None:
    """At once: nobody reads half a file."""
    new = path.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(path)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_name_of_the_upstream_is_not_found(method: str) -> None:
    with Three(FUNCTION_URL="http://function.invalid") as three:
        async with httpx.AsyncClient(timeout=20) as client:
            assert await Clients(three.edge.port).ask(client, method) == 502


async def test_no_place_is_free_while_the_upstream_holds_its_answers() -> None:
    async def holds(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    limits: Any = {
        "EDGE_MAX_CONNECTIONS": "2",
        "EDGE_POOL_WAIT_SECONDS": "0.1",
        "EDGE_FIRST_BYTE_TIMEOUT_SECONDS": "0.5",
    }
    async with upstream(holds) as port:
        with Three(FUNCTION_URL=f"http://{HOST}:{port}", **limits) as three:
            clients = Clients(three.edge.port)
            async with httpx.AsyncClient(timeout=20) as client:
                await asyncio.gather(*(clients.ask(client) for _ in range(20)))
    assert set(clients.statuses) == {503, 504}
    assert clients.statuses.total() == 20


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_answers_are_cut_off_one_time_in_two(method: str) -> None:
    """Cut before their end they break the client's connection, and before their start they are a problem document."""
    answers = itertools.cycle([b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst", OK, OK])

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(next(answers))

    outcomes: Counter[object] = Counter()
    async with upstream(function) as port:
        with Three(FUNCTION_URL=f"http://{HOST}:{port}", EDGE_MAX_RETRIES="0") as three:
            async with httpx.AsyncClient(timeout=20) as client:
                for _ in range(40):
                    try:
                        answer = await client.request(method, f"http://{HOST}:{three.edge.port}/")
                        outcomes[answer.status_code, answer.text if answer.status_code == 200 else ""] += 1
                    except httpx.RemoteProtocolError as error:
                        outcomes[type(error)] += 1
    assert outcomes == {(502, ""): 10, httpx.RemoteProtocolError: 10, (200, "ok"): 20}


async def test_sigterm_lets_what_is_in_flight_end() -> None:
    arrived, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst")
        arrived.release()
        await go_on.wait()
        writer.write(b"last")

    async with upstream(waits) as port:
        with Three(FUNCTION_URL=f"http://{HOST}:{port}") as three:
            request = b"GET / HTTP/1.1\r\nHost: edge.example\r\n\r\n"
            answers = [asyncio.create_task(exchange(three.edge.port, request)) for _ in range(CLIENTS)]
            async with asyncio.timeout(20):
                for _ in range(CLIENTS):
                    await arrived.acquire()
            three.edge.process.send_signal(signal.SIGTERM)
            await refused(three.edge)
            go_on.set()
            for answer in answers:
                assert (await answer).endswith(b"\r\n\r\nfirstlast")
            assert await asyncio.to_thread(three.edge.process.wait, 10) in (0, -signal.SIGTERM)


async def refused(service: Service) -> None:
    """Returns once the service takes no new connections."""
    async with asyncio.timeout(10):
        while True:
            try:
                async with connected(service.port):
                    await asyncio.sleep(0.01)
            except OSError:
                return


async def test_a_large_answer_passes_with_flat_memory() -> None:
    size, piece = 200 * 2**20, b"x" * 2**16

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(piece)):
            writer.write(piece)
            await writer.drain()

    async with upstream(function) as port:
        with Three(FUNCTION_URL=f"http://{HOST}:{port}") as three:
            status = Path(f"/proc/{three.edge.process.pid}/status")
            async with httpx.AsyncClient(timeout=60) as client:
                await client.get(f"http://{HOST}:{three.edge.port}/_edge/health")
                before = peak_kib(status)
                received = 0
                async with client.stream("GET", f"http://{HOST}:{three.edge.port}/") as answer:
                    async for chunk in answer.aiter_raw():
                        received += len(chunk)
            assert received == size
            assert peak_kib(status) - before < 20 * 1024


def peak_kib(status: Path) -> int:
    return int(status.read_text().partition("VmHWM:")[2].split()[0])
