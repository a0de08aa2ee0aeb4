"""The limits of time and number, and what happens when they are reached. The tests set short limits."""

import asyncio
import json

import pytest
from starlette.types import Message

from edge_caller.deadline import Deadline, Limit
from edge_caller.errors import ClientLeft, ClientTooSlow, UpstreamTimeout
from tests.edge_caller.asgi import settings
from tests.edge_caller.wire import Handler, connected, edge_before, exchange, head, served, upstream

pytestmark = pytest.mark.anyio

GET = b"GET / HTTP/1.1\r\nHost: edge.example\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SHORT = "0.05"


async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def stops_in_the_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst")
    await reader.read()


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await head(reader):
        writer.write(OK)


async def never_reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("variable", "function"),
    [
        ("EDGE_FIRST_BYTE_TIMEOUT_SECONDS", never_answers),
        ("EDGE_WHOLE_TIMEOUT_SECONDS", never_answers),
    ],
)
async def test_answers_504_and_names_the_limit(variable: str, function: Handler) -> None:
    async with edge_before(function, **{variable: SHORT}) as port:
        answer = await exchange(port, GET)
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert variable.encode() in answer


async def test_answers_504_when_no_connection_comes_about() -> None:
    """Something listens, but never answers the TLS handshake."""
    async with upstream(never_answers) as port:
        address = {"FUNCTION_URL": f"https://127.0.0.1:{port}", "AWS_REGION": "ap-northeast-1"}
        limit = {"EDGE_CONNECT_TIMEOUT_SECONDS": SHORT}
        async with served(settings(**address, **limit)) as edge_port:
            answer = await exchange(edge_port, GET)
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert b"ConnectTimeout" in answer


async def test_answers_504_when_the_function_takes_no_more_of_the_body() -> None:
    body = b"x" * 6_000_000
    request = GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 6000000\r\n\r\n")
    async with edge_before(never_reads, EDGE_FIRST_BYTE_TIMEOUT_SECONDS="0.2") as port:
        assert (await exchange(port, request + body)).startswith(b"HTTP/1.1 504 ")


@pytest.mark.parametrize("variable", ["EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS", "EDGE_WHOLE_TIMEOUT_SECONDS"])
async def test_breaks_off_an_answer_that_stops(variable: str) -> None:
    async with edge_before(stops_in_the_body, **{variable: "0.1"}) as port:
        answer = await exchange(port, GET)
    assert answer.endswith(b"\r\n\r\nfirst")
    assert b"content-length: 9" in answer.lower()


async def test_answers_408_when_the_body_stops_coming() -> None:
    request = b"POST / HTTP/1.1\r\nHost: edge.example\r\nContent-Length: 9\r\n\r\nfirst"
    async with edge_before(answers, EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS=SHORT) as port:
        answer = await exchange(port, request)
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_answers_503_with_retry_after_when_no_place_is_free_in_time() -> None:
    variables = {"EDGE_MAX_CONNECTIONS": "1", "EDGE_POOL_WAIT_SECONDS": SHORT}
    arrived = asyncio.Event()

    async def holds(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()

    async with edge_before(holds, **variables) as port, connected(port) as (_, writer):
        writer.write(GET)
        await arrived.wait()
        answer = await exchange(port, GET)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1\r\n" in answer.lower()


async def test_gives_the_next_request_the_place_that_becomes_free() -> None:
    go_on = asyncio.Event()
    arrived = asyncio.Event()

    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await head(reader):
            arrived.set()
            await go_on.wait()
            writer.write(OK)

    async with edge_before(waits, EDGE_MAX_CONNECTIONS="1") as port:
        first = asyncio.create_task(exchange(port, GET))
        await arrived.wait()
        second = asyncio.create_task(exchange(port, GET))
        go_on.set()
        assert [(await task)[-2:] for task in (first, second)] == [b"ok", b"ok"]


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst"], ids=["before", "during"])
async def test_cancels_the_call_when_the_client_disconnects(start: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    arrived, left = asyncio.Event(), asyncio.Event()

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(start)
        arrived.set()
        await reader.read()  # until the edge closes
        left.set()

    async with edge_before(function) as port:
        async with connected(port) as (_, writer):
            writer.write(GET)
            await arrived.wait()
        await asyncio.wait_for(left.wait(), 5)
    assert "the client disconnected" in json.loads(capsys.readouterr().out)["error"]


async def test_answers_502_when_nothing_listens() -> None:
    async with upstream(answers) as port:
        pass
    variables = {"FUNCTION_URL": f"http://127.0.0.1:{port}", "AWS_REGION": "ap-northeast-1", "EDGE_MAX_RETRIES": "1"}
    async with served(settings(**variables)) as edge_port:
        answer = await exchange(edge_port, GET)
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"ConnectError" in answer


async def nothing_comes() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


SLOW: Limit = (ClientTooSlow, "the client is slow")
LONG: Limit = (UpstreamTimeout, "it takes long")


async def test_leaves_a_block_alone_that_ends_in_time() -> None:
    with Deadline(60, LONG) as deadline:
        deadline.stage(60, SLOW)
        await asyncio.sleep(0)


async def test_raises_the_error_of_the_limit_and_leaves_no_cancellation() -> None:
    with pytest.raises(UpstreamTimeout, match="it takes long"), Deadline(0, LONG):
        await asyncio.Event().wait()
    assert (task := asyncio.current_task()) is not None
    assert task.cancelling() == 0


@pytest.mark.parametrize(
    ("whole", "stage", "error"),
    [(0, 60, "long"), (60, 0, "slow"), (0, 0, "long"), (0.15, 60, "long"), (60, 0.15, "slow")],
)
async def test_raises_the_error_of_the_limit_that_is_reached_first(whole: float, stage: float, error: str) -> None:
    async def call() -> None:
        with Deadline(whole, LONG) as deadline:
            deadline.stage(stage, SLOW)
            await asyncio.Event().wait()

    with pytest.raises((UpstreamTimeout, ClientTooSlow), match=error):
        await call()


async def test_a_stage_ends_the_one_before() -> None:
    with Deadline(60, LONG) as deadline:
        deadline.stage(0, SLOW)
        deadline.stage(60, SLOW)
        await asyncio.sleep(0.05)


async def test_stages_take_no_longer_than_all_of_them_may() -> None:
    async def call() -> None:
        with Deadline(0.05, LONG) as deadline:
            while True:
                deadline.stage(60, SLOW)
                await asyncio.sleep(0)

    with pytest.raises(UpstreamTimeout):
        await asyncio.wait_for(call(), 5)


async def test_a_restart_counts_from_then_on() -> None:
    with Deadline(0, SLOW) as deadline:
        deadline.restart(60, LONG, nothing_comes)
        await asyncio.sleep(0.05)


async def test_ends_when_the_client_disconnects_long_before_the_limit() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def call() -> None:
        with Deadline(60, SLOW) as deadline:
            deadline.restart(60, LONG, receive)
            await asyncio.Event().wait()

    with pytest.raises(ClientLeft):
        await asyncio.wait_for(call(), 5)


async def test_listens_for_the_client_no_longer_than_the_block() -> None:
    listening, ended = asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        listening.set()
        try:
            return await nothing_comes()
        finally:
            ended.set()

    with Deadline(60, SLOW) as deadline:
        deadline.restart(60, LONG, receive)
        await asyncio.wait_for(listening.wait(), 5)
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_cancellation_from_outside_stays_one() -> None:
    started = asyncio.Event()

    async def limited() -> None:
        with Deadline(60, LONG):
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(limited())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_block_is_not_replaced_when_the_limit_is_reached_with_it() -> None:
    async def fails_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ValueError("its own") from None

    with pytest.raises(ValueError, match="its own"), Deadline(0, LONG):
        await fails_when_cancelled()
