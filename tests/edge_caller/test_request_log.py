"""What is seen of a request from outside: its ID on both sides, its trace, and its line in the log."""

import json
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from edge_caller.request_log import MAX_CHARACTERS
from tests.edge_caller.asgi import SECRET, Body, RawHeaders, Upstream, ask, edge

pytestmark = pytest.mark.anyio

TRACE_PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


Output = pytest.CaptureFixture[str]


async def line_of(capsys: Output, app: ASGIApp, target: str = "/", **request: Any) -> dict[str, Any]:
    """The line of one request."""
    await ask(app, target, **request)
    (text,) = capsys.readouterr().out.splitlines()
    assert text.isprintable()
    line: dict[str, Any] = json.loads(text)
    return line


async def test_writes_one_line_a_request(capsys: Output) -> None:
    line = await line_of(
        capsys, edge(Upstream()), "/items/42?q=hush", headers=[(b"x-request-id", b"abc-1")], method="PUT"
    )
    assert 0 <= line.pop("duration_ms") < 60_000
    assert line == {
        "method": "PUT",
        "path": "/items/42",
        "status": 200,
        "upstream_status": 200,
        "retries": 0,
        "request_id": "abc-1",
        "error": None,
    }


async def test_tells_the_functions_status_and_the_retries(capsys: Output) -> None:
    answers = [httpx.Response(404), httpx.Response(502, headers={"retry-after": "0"})]
    app = edge(Upstream(lambda _: answers.pop()), EDGE_MAX_RETRIES="1")
    line = await line_of(capsys, app, method="PUT")
    assert (line["status"], line["upstream_status"], line["retries"]) == (404, 404, 1)


async def test_tells_the_error_that_was_answered(capsys: Output) -> None:
    line = await line_of(capsys, edge(Upstream()), "/..")
    assert (line["status"], line["upstream_status"]) == (400, None)
    assert "segment" in line["error"]


async def test_writes_no_secret_and_no_query(capsys: Output) -> None:
    headers = [(b"authorization", b"Bearer hush"), (b"cookie", b"hush"), (b"x-request-id", b"hush hush")]
    await ask(edge(Upstream(), EDGE_BEARER_TOKEN="hush"), "/?q=hush", headers=headers)
    told = capsys.readouterr().out
    assert told.count("\n") == 1
    assert "hush" not in told
    assert SECRET not in told


async def test_writes_a_made_up_path_so_that_it_forges_no_line(capsys: Output) -> None:
    line = await line_of(capsys, edge(Upstream()), "/a%0A%22%7D%0A%1B%5B31m")
    assert line["path"] == '/a\n"}\n\x1b[31m'


async def ids(*headers: tuple[bytes, bytes], of_the_answer: RawHeaders = ()) -> tuple[list[str], list[str]]:
    """The x-request-id that the function gets, and the one that the client gets."""
    upstream = Upstream(lambda _: httpx.Response(200, headers=list(of_the_answer), stream=Body()))
    answer = await ask(edge(upstream), headers=headers)
    return upstream.request.headers.get_list("x-request-id"), answer.values("x-request-id")


async def test_cuts_a_long_path_as_lines_wait_in_memory(capsys: Output) -> None:
    await ask(edge(Upstream()), "/" + "a" * 50_000)
    assert len(json.loads(capsys.readouterr().out)["path"]) == MAX_CHARACTERS


async def test_keeps_the_clients_request_id_on_both_sides() -> None:
    assert await ids((b"x-request-id", b"abc-1")) == (["abc-1"], ["abc-1"])


@pytest.mark.parametrize("given", [b"", b"a b", b'"', b"x" * 129, b"caf\xc3\xa9", b"a\tb"])
async def test_makes_another_id_for_an_invalid_one(given: bytes) -> None:
    to_function, to_client = await ids((b"x-request-id", given))
    assert to_function == to_client
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


async def test_writes_no_more_of_an_error_type_than_one_has(capsys: Output) -> None:
    headers = {"x-amzn-errortype": "A" * 100_000 + ":http://example"}
    upstream = Upstream(lambda _: httpx.Response(403, headers=headers, stream=Body()))
    assert len((await line_of(capsys, edge(upstream)))["error"]) < 200
