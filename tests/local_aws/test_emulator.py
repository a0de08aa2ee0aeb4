"""The emulator's runtime: one invoke at a time, a bounded queue, and each of the emulator's failures known as one."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from local_aws.app import runtime_for
from local_aws.config import Settings
from local_aws.errors import FunctionError, Refusal
from local_aws.function.emulator import EmulatorRuntime
from local_aws.function.runtime import ReservedConcurrency, WebAppRuntime

pytestmark = pytest.mark.anyio

Handler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


def runtime_over(handler: Handler, reserved_concurrency: int = 10) -> ReservedConcurrency:
    emulator = EmulatorRuntime("http://emulator:8080", timeout_seconds=30, transport=httpx.MockTransport(handler))
    return ReservedConcurrency(emulator, reserved_concurrency)


async def ok(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"statusCode": 200})


class SlowEmulator:
    """Answers only when told to; counts the invokes that are with it."""

    def __init__(self) -> None:
        self.busy = self.most_at_once = self.invokes = 0
        self.answer = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.invokes += 1
        self.busy += 1
        self.most_at_once = max(self.most_at_once, self.busy)
        await self.answer.wait()
        self.busy -= 1
        return httpx.Response(200, json=self.invokes)


async def test_posts_the_event_and_returns_what_the_function_returned() -> None:
    async def emulator(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "http://emulator:8080/2015-03-31/functions/function/invocations"
        return httpx.Response(200, json={"received": json.loads(request.content)})

    assert await runtime_over(emulator).invoke({"a": "é"}, "id") == {"received": {"a": "é"}}


async def test_invokes_one_at_a_time_in_the_order_of_arrival() -> None:
    emulator = SlowEmulator()
    runtime = runtime_over(emulator)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(runtime.invoke({}, "id")) for _ in range(5)]
        emulator.answer.set()
    assert [task.result() for task in tasks] == [1, 2, 3, 4, 5]
    assert emulator.most_at_once == 1


async def test_refuses_a_call_that_finds_the_queue_full_and_takes_one_again_afterwards() -> None:
    emulator = SlowEmulator()
    runtime = runtime_over(emulator, reserved_concurrency=2)
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(runtime.invoke({}, "id"))
        await asyncio.sleep(0)  # lets both begin
        with pytest.raises(Refusal) as refused:
            await runtime.invoke({}, "id")
        emulator.answer.set()
    assert refused.value.status == 429
    assert await runtime.invoke({}, "id") == 3


async def test_a_reserved_concurrency_of_zero_refuses_every_call() -> None:
    with pytest.raises(Refusal, match="reserved concurrency is used up"):
        await runtime_over(ok, reserved_concurrency=0).invoke({}, "id")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(200, json={"errorType": "ValueError", "errorMessage": "no"}), "ValueError: no"),
        (httpx.Response(200, text="Task timed out after 5.00 seconds"), "Task timed out after 5.00 seconds"),
        (httpx.Response(200, text=""), "empty response"),
        (httpx.Response(502, json={"errorType": "Runtime.ExitError", "errorMessage": "7"}), "Runtime.ExitError"),
        (httpx.Response(502), "it did not start"),
        (httpx.ConnectError(""), "emulator:8080 failed \\(ConnectError\\)"),
        (httpx.ReadTimeout(""), "emulator:8080 failed \\(ReadTimeout\\)"),
    ],
    ids=["error", "time-out", "nothing", "exit", "no start", "unreachable", "no answer"],
)
async def test_knows_a_failure_and_takes_the_next_call(response: Any, reason: str) -> None:
    answers: list[Any] = [response, httpx.Response(200, json={"statusCode": 204})]

    async def emulator(request: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx.Response)
        return answer

    runtime = runtime_over(emulator, reserved_concurrency=1)
    with pytest.raises(FunctionError, match=reason):
        await runtime.invoke({}, "id")
    assert await runtime.invoke({}, "id") == {"statusCode": 204}


@pytest.mark.parametrize(
    "payload",
    [{"statusCode": 500, "body": "no"}, {"errorType": "alone"}, {"errorMessage": "alone"}, ["errorType"], "text", None],
)
async def test_takes_nothing_else_for_a_failure(payload: Any) -> None:
    async def emulator(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=json.dumps(payload))

    assert await runtime_over(emulator).invoke({}, "id") == payload


async def test_waits_longer_than_the_function_may_take() -> None:
    async def emulator(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=request.extensions["timeout"]["read"])

    assert await runtime_over(emulator).invoke({}, "id") > 30


def test_the_emulator_is_invoked_where_its_url_is_set_and_the_web_app_otherwise() -> None:
    emulator = Settings.from_variables({"LOCAL_AWS_EMULATOR_URL": "http://emulator:8080"})
    assert isinstance(runtime_for(emulator).runtime, EmulatorRuntime)
    for variables in ({}, {"LOCAL_AWS_EMULATOR_URL": ""}):
        assert isinstance(runtime_for(Settings.from_variables(variables)).runtime, WebAppRuntime)


def streaming(status: int, content: bytes) -> ReservedConcurrency:
    async def emulator(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, stream=httpx.ByteStream(content))

    return runtime_over(emulator, reserved_concurrency=1)


async def test_takes_prelude_and_body_of_a_streamed_response_apart() -> None:
    async with streaming(200, b'{"statusCode":201}' + bytes(8) + b"\x00body").stream({}, "id") as streamed:
        assert streamed.prelude == {"statusCode": 201}
        assert b"".join([piece async for piece in streamed.body]) == b"\x00body"


@pytest.mark.parametrize(
    ("status", "content", "error_type", "message"),
    [
        (200, b'{"errorType":"ValueError","errorMessage":"no"}', "ValueError", "no"),
        (200, b"Task timed out after 2.00 seconds", "Sandbox.Timedout", "Task timed out after 2.00 seconds"),
        (502, b'{"errorType":"Runtime.ExitError","errorMessage":"7"}', "Runtime.ExitError", "7"),
        (502, b"init failed", "FunctionError", "the execution environment failed: init failed"),
    ],
)
async def test_a_function_that_fails_before_its_prelude_keeps_its_error_type_and_message(
    status: int, content: bytes, error_type: str, message: str
) -> None:
    runtime = streaming(status, content)
    for _ in range(2):
        with pytest.raises(FunctionError) as failed:
            async with runtime.stream({}, "id"):
                pass
        assert (failed.value.error_type, failed.value.error_message) == (error_type, message)


async def test_invoke_modes_that_differ_are_named_as_the_reason() -> None:
    with pytest.raises(FunctionError, match=r"isn't a stream.*set the URL's invoke mode and the function's"):
        async with streaming(200, b'{"statusCode":200,"body":"buffered"}').stream({}, "id"):
            pass
    with pytest.raises(FunctionError, match=r"is a stream.*set the URL's invoke mode and the function's"):
        await streaming(200, b'{"statusCode":200}' + bytes(8) + b"body").invoke({}, "id")
