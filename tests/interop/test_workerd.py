"""Cloudflare's runtime without Python: the article's caller under workerd, and what the Python Worker relies on."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.docs.documents import README, Document
from tests.interop.platforms import workerd_worker
from tests.interop.upstream import GZIPPED, Upstream

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def passthrough(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    variables = {"FUNCTION_URL": upstream.url}
    with workerd_worker("passthrough_worker.mjs", variables, tmp_path_factory.mktemp("passthrough")) as url:
        yield url


@pytest.mark.parametrize(
    ("method", "target", "status", "body"),
    [
        ("GET", "/", 200, '{"Hello":"World"}'),
        ("GET", "/items/42?q=hello&a=1", 200, '{"item_id":42,"q":"hello"}'),
        ("GET", "/items/a%20b", 422, "a b"),
        ("POST", "/events", 404, "Not Found"),
    ],
)
def test_the_articles_caller_is_accepted(hono_worker: str, method: str, target: str, status: int, body: str) -> None:
    content = None if method == "GET" else b'{"from": "outside"}'
    response = httpx.request(method, hono_worker + target, content=content, trust_env=False)
    assert (response.status_code, body in response.text) == (status, True), response.text


def test_the_articles_caller_is_refused_with_a_changed_key(
    variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    changed = variables | {"AWS_SECRET_ACCESS_KEY": variables["AWS_SECRET_ACCESS_KEY"][:-1] + "X"}
    with workerd_worker("hono_worker.mjs", changed, tmp_path_factory.mktemp("changed")) as url:
        response = httpx.get(url, trust_env=False)
    assert (response.status_code, response.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")


def test_the_worker_in_readme_is_accepted(variables: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "worker.mjs"
    script.write_text(Document(README["en"]).block("javascript").text, "utf-8")
    with workerd_worker(script, variables, tmp_path) as url:
        response = httpx.get(url, trust_env=False)
    assert (response.status_code, response.text) == (200, '{"Hello":"World"}')


def test_workerd_leaves_a_coded_body_as_it_is(passthrough: str) -> None:
    with httpx.stream("GET", passthrough + "/gzip", trust_env=False) as response:
        assert (response.headers["content-encoding"], b"".join(response.iter_raw())) == ("gzip", GZIPPED)


def test_workerd_follows_no_redirect(passthrough: str) -> None:
    response = httpx.get(passthrough + "/302", trust_env=False)
    assert (response.status_code, response.headers["location"]) == (302, "/elsewhere")


def test_workerd_keeps_each_set_cookie(passthrough: str) -> None:
    response = httpx.get(passthrough + "/cookies", trust_env=False)
    assert response.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2, and a comma"]


@pytest.mark.parametrize(("method", "target"), [("HEAD", "/"), ("GET", "/204"), ("GET", "/304")])
def test_workerd_gives_no_body_where_there_is_none(passthrough: str, method: str, target: str) -> None:
    assert httpx.request(method, passthrough + target, trust_env=False).content == b""


def test_workerd_passes_an_event_on_while_the_function_still_makes_the_next(
    passthrough: str, upstream: Upstream
) -> None:
    with httpx.stream("GET", passthrough + "/events", trust_env=False) as response:
        events = response.iter_raw()
        first = next(events)
        upstream.go_on.set()
        assert (first, b"".join(events)) == (b"data: 1\n\n", b"data: 2\n\n")


def test_workerd_breaks_the_clients_connection_where_a_stream_is_aborted(passthrough: str, upstream: Upstream) -> None:
    """So it's the SDK, which closes the stream instead, that makes it look whole."""
    with httpx.stream("GET", passthrough + "/broken", trust_env=False) as response:
        events = response.iter_raw()
        assert next(events) == b"data: 1\n\n"
        upstream.go_on.set()
        with pytest.raises(httpx.RemoteProtocolError):
            next(events)
