"""What goes through the Worker unchanged, both ways: run by Pyodide through Cloudflare's SDK, before a plain server."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.interop.platforms import pyodide_worker
from tests.interop.upstream import Upstream

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def client(variables: dict[str, str], upstream: Upstream, built_worker: list[Path]) -> Iterator[httpx.Client]:
    invoke_api = {"INVOKE_FUNCTION_NAME": "fastapi-sample", "AWS_ENDPOINT_URL_LAMBDA": upstream.url}
    settings = variables | invoke_api | {"FUNCTION_URL": upstream.url, "EDGE_BEARER_TOKEN": "not-a-real-token"}
    with pyodide_worker(settings) as worker:
        headers = {"Authorization": "Bearer not-a-real-token"}
        with httpx.Client(base_url=worker["url"], headers=headers, trust_env=False) as client:
            yield client


def test_each_set_cookie_stays_its_own(client: httpx.Client) -> None:
    assert client.get("/cookies").headers.get_list("set-cookie") == ["a=1; Path=/", "b=2, and a comma"]


@pytest.mark.parametrize("status", [200, 204, 302, 304, 404, 500])
def test_a_status_passes(client: httpx.Client, status: int) -> None:
    assert client.get(f"/{status}").status_code == status


def test_a_redirect_is_not_followed(client: httpx.Client) -> None:
    assert client.get("/302").headers["location"] == "/elsewhere"


def test_the_answer_to_head_has_the_length_and_no_body(client: httpx.Client) -> None:
    response = client.head("/")
    assert (response.headers["content-length"], response.content) == ("4", b"")


def test_an_event_arrives_while_the_function_still_makes_the_next(client: httpx.Client, upstream: Upstream) -> None:
    with client.stream("GET", "/events") as response:
        events = response.iter_raw()
        first = next(events)
        upstream.go_on.set()
        assert (first, b"".join(events)) == (b"data: 1\n\n", b"data: 2\n\n")
    assert response.headers["content-type"] == "text/event-stream"


def test_a_stream_that_breaks_off_looks_whole_since_the_sdk_closes_it(client: httpx.Client, upstream: Upstream) -> None:
    """The page on Workers says so. Only the stream's own last event tells the client."""
    with client.stream("GET", "/broken") as response:
        events = response.iter_raw()
        first = next(events)
        upstream.go_on.set()
        assert (first, b"".join(events)) == (b"data: 1\n\n", b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_method_and_its_body_pass(client: httpx.Client, upstream: Upstream, method: str) -> None:
    body = b"" if method in ("GET", "HEAD") else b"\x00\xff body"
    client.request(method, "/", content=body)
    assert (upstream.received[-1].method, upstream.received[-1].body) == (method, body)


def test_a_target_passes_byte_for_byte(client: httpx.Client, upstream: Upstream) -> None:
    target = "//a%20b/%E3%81%82%2F(c)?z=1&a=%2b&a=;&flag"
    client.get(str(client.base_url).rstrip("/") + target)
    assert upstream.received[-1].target == target.replace("%2b", "%2B")


def test_only_what_nobody_changes_on_the_way_is_signed(client: httpx.Client, upstream: Upstream) -> None:
    client.post("/", content=b"{}", headers={"Content-Type": "application/json", "X-Own": "1", "CF-Ray": "1"})
    received = upstream.received[-1]
    assert "SignedHeaders=content-type;host;x-amz-date," in received.header("authorization")
    assert received.header("host") == upstream.url.removeprefix("http://")
    assert received.header("x-own") == "1"
    assert "cf-ray" not in {name.lower() for name, _ in received.headers}


def test_a_connection_that_is_cut_before_the_answer_is_a_bad_gateway(client: httpx.Client) -> None:
    response = client.get("/cut")
    assert (response.status_code, response.json()["title"]) == (502, "Bad Gateway")


def test_a_worker_asks_for_its_bearer_token(client: httpx.Client) -> None:
    assert client.get("/", headers={"Authorization": "Bearer another"}).status_code == 401


def test_the_worker_calls_the_invoke_api_too(client: httpx.Client, upstream: Upstream) -> None:
    assert client.post("/_edge/invoke", json={}).text == "text"
    assert upstream.received[-1].target == "/2015-03-31/functions/fastapi-sample/invocations"
