"""Live updates: the page hears of each request, and of what is found out about it later."""

import asyncio
import json

import pytest

from local_aws.inspector.app import Inspector
from local_aws.inspector.calls import Calls
from local_aws.inspector.listeners import Listeners
from local_aws.inspector.pages import Pages
from local_aws.inspector.words import Words
from tests.local_aws.asgi import ask, scope_of
from tests.local_aws.inspector.conftest import Stack
from tests.local_aws.signing import signed

pytestmark = pytest.mark.anyio


def inspector_of(stack: Stack) -> Inspector:
    calls = Calls(stack.stand_in._access, "127.0.0.1:9000")
    return Inspector(stack.stand_in, stack.history, Pages(calls, "http://127.0.0.1:9000"), calls, "run1")


async def test_a_request_comes_as_an_event_with_its_row(stack: Stack) -> None:
    rows = inspector_of(stack).rows(Words("ja", True), 0, restarted=False)
    assert await anext(rows) == "retry: 1000\n\n"
    waiting = asyncio.ensure_future(anext(rows))
    await ask(stack.stand_in, signed("/items/42"))
    assert await waiting == ":\n\n"
    number, data = (await anext(rows)).rstrip().split("\n")
    assert number == "id: run1-1"
    event = json.loads(data.removeprefix("data: "))
    assert f'href="/r/{event["id"]}?lang=ja"' in event["html"]
    assert "/items/42" in event["html"]


async def test_only_newer_requests_are_sent_again(stack: Stack) -> None:
    for target in ("/one", "/two"):
        await stack.kept(signed(target))
    rows = inspector_of(stack).rows(Words(), 1, restarted=False)
    assert await anext(rows)
    assert "/two" in await anext(rows)


@pytest.mark.parametrize(("last", "restarted"), [("run1-0", False), ("run0-7", True), ("nonsense", True), ("", True)])
async def test_a_page_of_an_earlier_run_is_told_so(stack: Stack, last: str, restarted: bool) -> None:
    stack.history.close()  # ends the stream after what is known already
    page = stack.page
    start = (await page.get("/")).text.partition("/stream?after=")[2].partition("-")[0]
    answer = await page.get("/stream", headers={"last-event-id": last.replace("run1", start)})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert ("event: restarted" in answer.text) is restarted


async def test_a_stopping_process_ends_the_streams(stack: Stack) -> None:
    rows = inspector_of(stack).rows(Words(), 0, restarted=False)
    await anext(rows)
    waiting = asyncio.ensure_future(anext(rows))
    await asyncio.sleep(0)
    Listeners(stack.stand_in, stack.stand_in, 1, stack.history).close()
    assert await waiting == ":\n\n"
    with pytest.raises(StopAsyncIteration):
        await anext(rows)


async def test_each_port_has_its_app(stack: Stack) -> None:
    reached = []

    async def inspector(scope: object, receive: object, send: object) -> None:
        reached.append(scope)

    listeners = Listeners(stack.stand_in, inspector, 9010, stack.history)
    scope = {**scope_of(signed()), "server": ("127.0.0.1", 9010)}
    await listeners(scope, None, None)  # type: ignore[arg-type]
    assert reached == [scope]
