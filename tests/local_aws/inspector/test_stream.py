"""Live updates: the page hears of each request, and of what is found out about it later."""

import asyncio
import json
from typing import Any

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
    Listeners(stack.stand_in, stack.stand_in, stack.stand_in, 1, stack.history).close()
    assert await waiting == ":\n\n"
    with pytest.raises(StopAsyncIteration):
        await anext(rows)


@pytest.mark.parametrize(
    ("port", "path", "app"),
    [
        (9010, "/", "inspector"),
        (9010, "/sts", "sts"),
        (9010, "/sts/", "sts"),
        (9010, "/oidc/keys", "sts"),
        (9010, "/stsx", "inspector"),
        (9000, "/sts", "function URL"),
        (9000, "/oidc/keys", "function URL"),
    ],
)
async def test_each_port_and_path_has_its_app(stack: Stack, port: int, path: str, app: str) -> None:
    reached = []

    def named(name: str) -> Any:
        async def app(scope: object, receive: object, send: object) -> None:
            reached.append(name)

        return app

    listeners = Listeners(named("function URL"), named("inspector"), named("sts"), 9010, stack.history)
    await listeners({**scope_of(signed(path)), "server": ("127.0.0.1", port)}, None, None)  # type: ignore[arg-type]
    assert reached == [app]
