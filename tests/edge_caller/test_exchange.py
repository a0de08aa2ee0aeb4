"""What is seen of a request from outside: its ID on both sides, its trace, and its line in the log."""

import json
import logging
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from tests.edge_caller.asgi import SECRET, Body, RawHeaders, Upstream, ask, edge

pytestmark = pytest.mark.anyio

TRACE_PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "edge_caller.exchange")
    return caplog


async def line_of(log: pytest.LogCaptureFixture, app: ASGIApp, target: str = "/", **request: Any) -> dict[str, Any]:
    """The line of one request."""
    await ask(app, target, **request)
    (record,) = log.records
    line: dict[str, Any] = json.loads(record.getMessage())
    assert "\n" not in record.getMessage()
    return line


async def test_writes_one_line_a_request(log: pytest.LogCaptureFixture) -> None:
    line = await line_of(log, edge(Upstream()), "/items/42?q=hush", headers=[(b"x-request-id", b"abc-1")], method="PUT")
    assert 0 <= line.pop("duration_ms") < 60_000
    assert line == {
        "method": "PUT",
        "path": "/items/42",
        "status": 200,
        "upstream_status": 200,
        "retries": 0,
        "request_id": "abc-1",
    }


async def test_tells_the_functions_status_and_the_retries(log: pytest.LogCaptureFixture) -> None:
    answers = [httpx.Response(502), httpx.Response(404)]
    app = edge(Upstream(lambda _: answers.pop()), EDGE_MAX_RETRIES="1")
    line = await line_of(log, app, method="POST")
    assert (line["status"], line["upstream_status"], line["retries"]) == (404, 404, 0)


async def test_tells_the_error_that_was_answered(log: pytest.LogCaptureFixture) -> None:
    line = await line_of(log, edge(Upstream()), "/..")
    assert (line["status"], line["upstream_status"]) == (400, None)
    assert "segment" in line["error"]


async def test_writes_no_secret_and_no_query(log: pytest.LogCaptureFixture) -> None:
    headers = [(b"authorization", b"Bearer hush"), (b"cookie", b"hush"), (b"x-request-id", b"hush hush")]
    await ask(edge(Upstream(), EDGE_BEARER_TOKEN="hush"), "/?q=hush", headers=headers)
    assert "hush" not in log.text
    assert SECRET not in log.text


async def test_writes_a_made_up_path_so_that_it_forges_no_line(log: pytest.LogCaptureFixture) -> None:
    line = await line_of(log, edge(Upstream()), "/a%0A%22%7D%0A%1B%5B31m")
    assert line["path"] == '/a\n"}\n\x1b[31m'
    assert "\x1b" not in log.text


async def ids(*headers: tuple[bytes, bytes], of_the_answer: RawHeaders = ()) -> tuple[list[str], list[str]]:
    """The x-request-id that the function gets, and the one that the visitor gets."""
    upstream = Upstream(lambda _: httpx.Response(200, headers=list(of_the_answer), stream=Body()))
    answer = await ask(edge(upstream), headers=headers)
    return upstream.request.headers.get_list("x-request-id"), answer.values("x-request-id")


async def test_keeps_the_visitors_request_id_on_both_sides() -> None:
    assert await ids((b"x-request-id", b"abc-1")) == (["abc-1"], ["abc-1"])


@pytest.mark.parametrize("given", [b"", b"a b", b'"', b"x" * 129, b"caf\xc3\xa9", b"a\tb"])
async def test_makes_another_id_for_one_that_is_none(given: bytes) -> None:
    to_function, to_visitor = await ids((b"x-request-id", given))
    assert to_function == to_visitor
    assert len(to_function[0]) == 32


async def test_makes_another_id_for_two() -> None:
    to_function, _ = await ids((b"x-request-id", b"one"), (b"x-request-id", b"two"))
    assert len(to_function[0]) == 32


async def test_makes_a_new_id_for_each_request() -> None:
    assert await ids() != await ids()


async def test_answers_with_its_own_id_whatever_the_function_says() -> None:
    assert (await ids((b"x-request-id", b"abc-1"), of_the_answer=[(b"X-Request-Id", b"other")]))[1] == ["abc-1"]


async def test_gives_a_problem_document_its_id() -> None:
    assert (await ask(edge(Upstream()), "/..", headers=[(b"x-request-id", b"abc-1")])).values("x-request-id") == [
        "abc-1"
    ]


async def test_passes_the_trace_on() -> None:
    upstream = Upstream()
    await ask(edge(upstream), headers=[(b"traceparent", TRACE_PARENT), (b"tracestate", b"a=1")])
    assert upstream.request.headers["traceparent"].encode() == TRACE_PARENT
    assert upstream.request.headers["tracestate"] == "a=1"
