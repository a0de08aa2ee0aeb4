"""The limits of time and number, and what happens when they are reached. The tests set short limits."""

import asyncio
import json

import pytest
from starlette.types import Message

from edge_caller.cancellation import LISTEN_AFTER_SECONDS, call_limit, time_limit
from edge_caller.errors import ClientTooSlow, UpstreamTimeout
from tests.edge_caller.asgi import settings
from tests.edge_caller.wire import Handler, connected, edge_before, exchange, head, served, upstream

pytestmark = pytest.mark.anyio

GET = b"GET / HTTP/1.1\r\nHost: edge.example\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SHORT = "0.05"


async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def stops_in_the_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst")
    await reader.read()


async def stops_in_the_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(CHUNKED + b"5\r\nfirst\r\n")
    await reader.read()


async def streams_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(CHUNKED)
    for _ in range(4):
        await asyncio.sleep(0.3)
        writer.write(b"5\r\nevent\r\n")
    writer.write(b"0\r\n\r\n")
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


@pytest.mark.parametrize("server", ["granian", "h11"])
@pytest.mark.parametrize("variable", ["EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS", "EDGE_WHOLE_TIMEOUT_SECONDS"])
async def test_breaks_off_a_stream_that_stops(variable: str, server: str) -> None:
    async with edge_before(stops_in_the_stream, server, **{variable: "0.1"}) as port:
        answer = await exchange(port, GET)
    assert b"first" in answer
    assert not answer.endswith(b"0\r\n\r\n")


async def test_a_stream_may_last_longer_than_the_pause_between_its_events() -> None:
    async with edge_before(streams_slowly, EDGE_BETWEEN_BYTES_TIMEOUT_SECONDS="1") as port:
        answer = await exchange(port, GET)
    assert answer.count(b"event") == 4
    assert answer.endswith(b"0\r\n\r\n")


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


async def test_a_block_within_its_limit_is_left_alone() -> None:
    with time_limit(60, UpstreamTimeout, "too slow"):
        await asyncio.sleep(0)


async def test_the_end_of_a_limit_raises_its_error_and_leaves_no_cancellation() -> None:
    with pytest.raises(UpstreamTimeout, match="too slow"), time_limit(0, UpstreamTimeout, "too slow"):
        await asyncio.Event().wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@pytest.mark.parametrize(("outer", "inner"), [(0, 60), (60, 0)])
async def test_of_two_nested_limits_the_one_that_ends_raises(outer: float, inner: float) -> None:
    with (
        pytest.raises((UpstreamTimeout, ClientTooSlow)) as raised,
        time_limit(outer, UpstreamTimeout, "outer"),
        time_limit(inner, ClientTooSlow, "inner"),
    ):
        await asyncio.Event().wait()
    assert str(raised.value) == ("outer" if outer == 0 else "inner")


async def test_two_limits_that_end_together_raise_the_outer_one() -> None:
    with (
        pytest.raises(UpstreamTimeout, match="outer"),
        time_limit(0, UpstreamTimeout, "outer"),
        time_limit(0, ClientTooSlow, "inner"),
    ):
        await asyncio.Event().wait()
    assert (task := asyncio.current_task()) is not None
    assert task.cancelling() == 0


async def test_a_cancellation_from_outside_stays_one() -> None:
    started = asyncio.Event()

    async def limited() -> None:
        with time_limit(60, UpstreamTimeout, "too slow"):
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(limited())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_block_is_not_replaced_when_the_limit_ends_with_it() -> None:
    async def fails_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ValueError("its own") from None

    with pytest.raises(ValueError, match="its own"), time_limit(0, UpstreamTimeout, "too slow"):
        await fails_when_cancelled()


async def test_a_limit_that_is_restarted_counts_from_then_on() -> None:
    async def waits(limit: time_limit) -> None:
        limit.restart(0)
        await asyncio.Event().wait()

    with pytest.raises(UpstreamTimeout), time_limit(60, UpstreamTimeout, "too slow") as limit:
        await waits(limit)


@pytest.mark.parametrize("seconds", [0, LISTEN_AFTER_SECONDS, LISTEN_AFTER_SECONDS + 0.05])
async def test_a_call_ends_in_time_before_and_after_it_began_to_listen(seconds: float) -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    started = asyncio.get_running_loop().time()
    with pytest.raises(UpstreamTimeout), call_limit(seconds, UpstreamTimeout, "too slow", receive):
        await asyncio.wait_for(asyncio.Event().wait(), 5)
    assert asyncio.get_running_loop().time() - started > seconds - 0.01
