"""A request's body: it is whole, in time, and together with all others no larger than the memory for bodies."""

import asyncio

import pytest

from edge_caller.body import MAX_BODY_BYTES, BodyMemory, read_body
from edge_caller.errors import TooBusy
from edge_caller.limits import Limits
from tests.edge_caller.asgi import Upstream, ask, edge

pytestmark = pytest.mark.anyio


def scope(*headers: tuple[bytes, bytes]) -> dict[str, object]:
    return {"type": "http", "headers": list(headers)}


async def never() -> dict[str, object]:
    raise AssertionError("nothing is received")


def receiving(*events: dict[str, object]):  # type: ignore[no-untyped-def]
    left = list(events)

    async def receive() -> dict[str, object]:
        return left.pop(0)

    return receive


@pytest.mark.parametrize("body", [[b""], [b"12"], [b"1", b"2"], [b"1234"]])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_refuses_a_body_that_is_not_as_long_as_announced(method: str, body: list[bytes]) -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream), method=method, headers=[(b"content-length", b"3")], body=body)
    assert (answer.status, upstream.requests) == (400, [])
    assert "Content-Length says 3" in answer.problem["detail"]


async def test_refuses_a_body_that_ends_early() -> None:
    events = [{"type": "http.request", "body": b"1", "more_body": True}, {"type": "http.disconnect"}]
    upstream = Upstream()
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    request = {"method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "http_version": "1.1"}
    await edge(upstream)({**scope((b"host", b"a")), **request}, receiving(*events), send)  # type: ignore[arg-type]
    assert (sent[0]["status"], upstream.requests) == (400, [])


def test_counts_all_bodies_together_and_gives_the_memory_back() -> None:
    memory = BodyMemory(Limits(max_connections=1))
    with memory.counted() as take:
        take(MAX_BODY_BYTES)
        with pytest.raises(TooBusy), memory.counted() as take_more:
            take_more(1)
    with memory.counted() as take:
        take(MAX_BODY_BYTES)


async def test_gives_the_memory_of_a_cancelled_upload_back() -> None:
    limits = Limits(max_connections=1)
    memory = BodyMemory(limits)
    arrived = asyncio.Event()
    events = [{"type": "http.request", "body": b"x" * MAX_BODY_BYTES, "more_body": True}]

    async def receive() -> dict[str, object]:
        if events:
            return events.pop()
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def upload() -> None:
        with memory.counted() as take:
            await read_body(scope(), receive, limits, take)

    task = asyncio.create_task(upload())
    await arrived.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with memory.counted() as take:
        take(MAX_BODY_BYTES)


async def test_takes_a_part_before_it_waits_for_the_next() -> None:
    taken: list[int] = []
    parts: list[dict[str, object]]
    parts = [{"type": "http.request", "body": b"12", "more_body": True}, {"type": "http.request", "body": b"3"}]
    assert await read_body(scope(), receiving(*parts), Limits(), taken.append) == b"123"
    assert taken == [2, 1]
