"""The reserved concurrency: what goes beyond it is refused, and nothing uses it up for ever."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from local_aws.errors import FunctionError, Refusal
from tests.local_aws.web_app import EVENT, Held, Stream, answering, fail, runtime_over

pytestmark = pytest.mark.anyio


async def test_refuses_what_goes_beyond_the_reserved_concurrency_each_time_anew() -> None:
    held = Held()
    runtime = runtime_over(held, concurrency=2)
    for _ in range(2):
        held.let.clear()
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(runtime.invoke(EVENT, "an-id"))
                await held.arrived.acquire()
            with pytest.raises(Refusal, match=r"^The reserved concurrency is used up") as refused:
                await runtime.invoke(EVENT, "an-id")
            held.let.set()
        assert (refused.value.status, refused.value.error_type) == (429, "TooManyRequestsException")


async def test_a_reserved_concurrency_of_zero_refuses_every_call() -> None:
    with pytest.raises(Refusal, match=r"^The reserved concurrency is used up"):
        await runtime_over(Held(), concurrency=0).invoke(EVENT, "an-id")


@pytest.mark.parametrize(
    ("transport", "event", "seconds"),
    [
        (lambda: answering(fail), EVENT, 30),
        (lambda: answering(lambda: httpx.Response(200, stream=Stream())), EVENT, 30),
        (lambda: answering(lambda: httpx.Response(200)), EVENT | {"rawPath": 5}, 30),
        (Held, EVENT, 0),
    ],
    ids=["unreachable", "too large", "no event", "too slow"],
)
async def test_a_failure_uses_up_no_concurrency(
    transport: Callable[[], httpx.AsyncBaseTransport], event: Any, seconds: float
) -> None:
    runtime = runtime_over(transport(), timeout_seconds=seconds)
    for _ in range(2):
        with pytest.raises(FunctionError):
            await runtime.invoke(event, "an-id")


async def test_a_call_that_is_cancelled_uses_up_no_concurrency() -> None:
    held = Held()
    runtime = runtime_over(held)
    task = asyncio.create_task(runtime.invoke(EVENT, "an-id"))
    await held.arrived.acquire()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    held.let.set()
    assert (await runtime.invoke(EVENT, "an-id"))["statusCode"] == 204
