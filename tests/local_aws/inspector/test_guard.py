"""Who may use the page, and what the page may load."""

import re

import httpx
import pytest

from local_aws.inspector.guard import Guard, forwarded_host
from tests.local_aws.inspector.conftest import Stack
from tests.local_aws.signing import signed

pytestmark = pytest.mark.anyio

FORWARDED = {"CODESPACE_NAME": "Fluffy-cat", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.github.dev"}


@pytest.mark.parametrize("host", ["127.0.0.1:9010", "localhost:9010", "[::1]:9010", "LOCALHOST"])
async def test_answers_at_a_loopback_name(stack: Stack, host: str) -> None:
    assert (await stack.page.get("/", headers={"host": host})).status_code == 200


@pytest.mark.parametrize("host", ["attacker.example:9010", "127.0.0.1.attacker.example", "localhost.", "[::1", "", "@"])
async def test_refuses_a_name_that_somebody_rebound(stack: Stack, host: str) -> None:
    answer = await stack.page.get("/", headers={"host": host})
    assert (answer.status_code, answer.text[:27]) == (403, "The inspector answers at a ")


@pytest.mark.parametrize("origin", ["http://127.0.0.1:9010", None])
async def test_takes_a_form_of_its_own_page_and_of_a_command_line(stack: Stack, origin: str | None) -> None:
    headers = {"origin": origin} if origin else {}
    assert (await stack.page.post("/send", data={"call": "good"}, headers=headers)).status_code == 303


@pytest.mark.parametrize(
    "origin", ["http://attacker.example", "http://127.0.0.1:3000", "https://127.0.0.1:9010", "null", ""]
)
@pytest.mark.parametrize("path", ["/send", "/paste", "/r/example", "/r/example/send"])
async def test_refuses_the_form_of_another_page(stack: Stack, origin: str, path: str) -> None:
    answer = await stack.page.post(path, data={"call": "good"}, headers={"origin": origin})
    assert answer.status_code == 403
    assert stack.history.newest() == []


async def test_answers_at_the_name_that_codespaces_forwards() -> None:
    assert forwarded_host(9010, FORWARDED) == "fluffy-cat-9010.app.github.dev"
    assert forwarded_host(9010, {}) == ""

    async def reached(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body"})  # type: ignore[operator]

    async def status(forwarded: str, **headers: str) -> int:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(Guard(reached, forwarded)), base_url="http://x")
        return (await client.get("/", headers=headers)).status_code

    name = forwarded_host(9010, FORWARDED)
    assert await status(name, host=name, origin=f"https://{name}") == 200
    assert await status(name, host="localhost:9010", origin=f"https://{name}") == 200
    assert await status("", host=name) == 403


async def test_pages_load_nothing_from_another_host_set_no_cookie_and_run_no_inline_script(stack: Stack) -> None:
    kept = await stack.kept(signed())
    for path in ("/", "/paste", f"/r/{kept.request_id}", "/r/example", "/r/unknown", "/nothing"):
        answer = await stack.page.get(path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert not re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', answer.text)
        assert not re.findall(r'<script(?![^>]*src=)|style="| on\w+="', answer.text)


async def test_does_not_serve_the_functions_paths(stack: Stack) -> None:
    assert (await stack.page.get("/items/42")).status_code == 404
    assert stack.history.newest() == []
