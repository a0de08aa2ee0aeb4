"""The edge caller's own routes, who may use it, and which error becomes which problem document."""

import logging
from types import SimpleNamespace

import httpx
import pytest

from edge_caller.app import create_app
from edge_caller.body import MAX_BODY_BYTES
from edge_caller.errors import UpstreamError
from tests.edge_caller.asgi import SECRET, VARIABLES, Body, Upstream, ask, edge

pytestmark = pytest.mark.anyio

TOKEN = "not-a-real-bearer-token"
BEARER = [(b"authorization", b"Bearer " + TOKEN.encode())]
INVOKE = {"INVOKE_FUNCTION_NAME": "arn:aws:lambda:ap-northeast-1:123456789012:function:f", "EDGE_BEARER_TOKEN": TOKEN}


def raising(error: Exception) -> Upstream:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return Upstream(answer)


async def test_health_needs_neither_settings_nor_upstream() -> None:
    answer = await ask(create_app(transport=Upstream()), "/_edge/health")
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')


@pytest.mark.parametrize("target", ["/_edge/healthy", "/_edge", "/_edge/", "/_edge/health/", "/_edge/invoke/"])
async def test_passes_on_what_only_resembles_its_own_routes(target: str) -> None:
    upstream = Upstream()
    assert (await ask(edge(upstream), target)).status == 200
    assert upstream.request.extensions["target"] == target.encode()


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), httpx.ReadError("no"), httpx.WriteError("no")])
async def test_answers_502_when_the_function_cant_be_reached(error: Exception) -> None:
    answer = await ask(edge(raising(error)))
    assert (answer.status, answer.problem["title"]) == (502, "Bad Gateway")
    assert "check that FUNCTION_URL is right" in answer.problem["detail"]


@pytest.mark.parametrize("error", [httpx.ConnectTimeout("slow"), httpx.ReadTimeout("slow"), httpx.WriteTimeout("slow")])
async def test_answers_504_when_the_function_is_too_slow(error: Exception) -> None:
    answer = await ask(edge(raising(error)))
    assert (answer.status, answer.problem["title"]) == (504, "Gateway Timeout")


@pytest.mark.parametrize("path", ["/", "/_edge/invoke"])
async def test_refuses_a_body_over_the_limit_before_anything_is_sent(path: str) -> None:
    upstream = Upstream()
    body = [b"1" * MAX_BODY_BYTES, b"1"]
    answer = await ask(edge(upstream, **INVOKE), path, method="POST", headers=BEARER, body=body)
    assert (answer.status, answer.problem["status"], upstream.requests) == (413, 413, [])


async def test_takes_a_body_of_exactly_the_limit() -> None:
    upstream = Upstream()
    assert (await ask(edge(upstream), method="POST", body=[b"1" * MAX_BODY_BYTES])).status == 200
    assert len(upstream.request.content) == MAX_BODY_BYTES == 6_291_456


async def test_refuses_an_announced_body_over_the_limit_without_reading_it() -> None:
    upstream = Upstream()
    headers = [(b"content-length", str(MAX_BODY_BYTES + 1).encode())]
    answer = await ask(edge(upstream), method="POST", headers=headers, body=[])
    assert (answer.status, upstream.requests) == (413, [])


@pytest.mark.parametrize("length", [b"abc", b"", b"-1", b"+1", b"1_0", b"1, 1", b"\xb2", b"9" * 5000])
async def test_refuses_a_content_length_that_is_no_number(length: bytes) -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream), method="POST", headers=[(b"content-length", length)], body=[b"1"])
    assert (answer.status, upstream.requests) == (400, [])
    assert "Content-Length" in answer.problem["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"")],
        [(b"authorization", TOKEN.encode())],
        [(b"authorization", b"Bearer")],
        [(b"authorization", BEARER[0][1] + b"x")],
        [(b"authorization", b"Bearer \xff")],
        [*BEARER, (b"authorization", b"Bearer other")],
    ],
)
@pytest.mark.parametrize("path", ["/", "/_edge/invoke"])
async def test_refuses_a_request_without_the_bearer_token(path: str, headers: list[tuple[bytes, bytes]]) -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream, **INVOKE), path, method="POST", headers=headers, body=[b"{}"])
    assert (answer.status, answer.values("www-authenticate"), upstream.requests) == (401, ["Bearer"], [])
    assert answer.problem["title"] == "Unauthorized"


async def test_passes_a_request_with_the_bearer_token_and_keeps_the_token_to_itself() -> None:
    upstream = Upstream()
    assert (await ask(edge(upstream, EDGE_BEARER_TOKEN=TOKEN), headers=BEARER)).status == 200
    assert TOKEN not in str(upstream.request.headers.raw)


async def test_health_needs_no_token() -> None:
    assert (await ask(edge(Upstream(), EDGE_BEARER_TOKEN=TOKEN), "/_edge/health")).status == 200


async def test_has_no_invoke_api_unless_a_function_is_named() -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream), "/_edge/invoke", method="POST", body=[b"{}"])
    assert (answer.status, upstream.requests) == (404, [])
    assert "INVOKE_FUNCTION_NAME" in answer.problem["detail"]


async def test_invokes_with_the_event_signed_and_answers_with_the_payload() -> None:
    headers = {"content-type": "application/json", "x-amz-executed-version": "$LATEST"}
    upstream = Upstream(lambda _: httpx.Response(200, headers=headers, stream=Body(b'{"a":', b"1}")))
    answer = await ask(edge(upstream, **INVOKE), "/_edge/invoke", method="POST", headers=BEARER, body=[b'{"b"', b":2}"])
    assert (answer.status, answer.body, answer.values("content-type")) == (200, b'{"a":1}', ["application/json"])
    assert (upstream.request.method, upstream.request.content) == ("POST", b'{"b":2}')
    assert upstream.request.headers["authorization"].startswith("AWS4-HMAC-SHA256 ")


async def test_invokes_at_the_address_of_the_arn_with_its_colons_encoded() -> None:
    upstream = Upstream(lambda _: httpx.Response(200, content=b"{}"))
    await ask(edge(upstream, **INVOKE), "/_edge/invoke", method="POST", headers=BEARER, body=[b"{}"])
    arn = b"arn%3Aaws%3Alambda%3Aap-northeast-1%3A123456789012%3Afunction%3Af"
    assert upstream.request.url.host == "lambda.ap-northeast-1.amazonaws.com"
    assert upstream.request.url.raw_path == b"/2015-03-31/functions/" + arn + b"/invocations"


@pytest.mark.parametrize("event", [b"", b"{", b"\xff", b"[1,]"])
async def test_refuses_an_event_that_is_no_json(event: bytes) -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream, **INVOKE), "/_edge/invoke", method="POST", headers=BEARER, body=[event])
    assert (answer.status, upstream.requests) == (400, [])
    assert "JSON" in answer.problem["detail"]


async def test_answers_502_when_the_function_failed() -> None:
    headers = {"X-Amz-Function-Error": "Unhandled"}
    upstream = Upstream(lambda _: httpx.Response(200, headers=headers, content=b'{"errorMessage": "inner"}'))
    answer = await ask(edge(upstream, **INVOKE), "/_edge/invoke", method="POST", headers=BEARER, body=[b"{}"])
    assert (answer.status, answer.problem["status"]) == (502, 502)
    assert b"inner" not in answer.body


@pytest.mark.parametrize("status", [403, 404, 429])
async def test_passes_a_refusal_of_the_invoke_api_back(status: int) -> None:
    upstream = Upstream(lambda _: httpx.Response(status, json={"Message": "no"}))
    answer = await ask(edge(upstream, **INVOKE), "/_edge/invoke", method="POST", headers=BEARER, body=[b"{}"])
    assert (answer.status, answer.body) == (status, b'{"Message":"no"}')


async def test_breaks_the_connection_when_the_payload_breaks_off() -> None:
    upstream = Upstream(lambda _: httpx.Response(200, stream=Body(b"{", error=httpx.ReadError("reset"))))
    with pytest.raises(UpstreamError, match="broke off"):
        await ask(edge(upstream, **INVOKE), "/_edge/invoke", method="POST", headers=BEARER, body=[b"{}"])


@pytest.mark.parametrize(("method", "path"), [("GET", "/_edge/invoke"), ("POST", "/_edge/health")])
async def test_refuses_another_method_on_its_own_routes(method: str, path: str) -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream, **INVOKE), path, method=method, headers=BEARER)
    assert (answer.status, answer.problem["title"], upstream.requests) == (405, "Method Not Allowed", [])
    assert answer.values("allow")


WORKER = VARIABLES | {"EDGE_BEARER_TOKEN": TOKEN}


@pytest.mark.parametrize("env", [dict(WORKER), SimpleNamespace(**WORKER)], ids=["mapping", "attributes"])
async def test_takes_its_settings_from_the_env_of_the_request_where_it_is(
    env: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-the-process")
    upstream = Upstream()
    assert (await ask(create_app(transport=upstream), env=env, headers=BEARER)).status == 200
    assert "x-amz-security-token" not in upstream.request.headers


async def test_takes_its_settings_from_the_process_where_the_request_has_no_env(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"DEV_VARS": "", **VARIABLES, "AWS_SESSION_TOKEN": "of-the-process"}.items():
        monkeypatch.setenv(name, value)
    upstream = Upstream()
    assert (await ask(create_app(transport=upstream))).status == 200
    assert upstream.request.headers["x-amz-security-token"] == "of-the-process"


async def test_resolves_its_settings_once() -> None:
    upstream = Upstream()
    app = create_app(transport=upstream)
    await ask(app, env=WORKER, headers=BEARER)
    assert (await ask(app, env={}, headers=BEARER)).status == 200


@pytest.mark.parametrize(
    ("token", "opened", "status"), [("", "", 500), (TOKEN[:15], "", 500), (TOKEN[:16], "", 401), ("", "yes", 200)]
)
async def test_a_worker_refuses_to_be_open_to_anyone(token: str, opened: str, status: int) -> None:
    env = VARIABLES | {"EDGE_BEARER_TOKEN": token, "EDGE_OPEN_TO_ANYONE": opened}
    upstream = Upstream()
    answer = await ask(create_app(transport=upstream), env=env)
    assert (answer.status, len(upstream.requests)) == (status, int(status == 200))
    assert status != 500 or "EDGE_OPEN_TO_ANYONE=yes" in answer.problem["detail"]


@pytest.mark.parametrize("scheme", [b"bearer", b"BEARER", b"Bearer ", b"bEaReR  "])
async def test_takes_the_token_with_the_scheme_in_any_case(scheme: bytes) -> None:
    headers = [(b"authorization", scheme + b" " + TOKEN.encode())]
    assert (await ask(edge(Upstream(), EDGE_BEARER_TOKEN=TOKEN), headers=headers)).status == 200


@pytest.mark.parametrize("scheme", [b"", b"Basic", b"Bearer:", b"Bearerx", b"Bearer\t"])
async def test_refuses_the_token_with_another_scheme(scheme: bytes) -> None:
    headers = [(b"authorization", scheme + b" " + TOKEN.encode())]
    assert (await ask(edge(Upstream(), EDGE_BEARER_TOKEN=TOKEN), headers=headers)).status == 401


async def test_answers_500_and_names_the_variable_when_the_env_lacks_one() -> None:
    answer = await ask(create_app(transport=Upstream()), env=VARIABLES | {"FUNCTION_URL": ""})
    assert (answer.status, answer.problem["status"]) == (500, 500)
    assert "FUNCTION_URL is not set in the Worker's environment" in answer.problem["detail"]


async def test_logs_no_query_no_secret_and_no_signature(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    app = edge(Upstream(), EDGE_BEARER_TOKEN=TOKEN)
    await ask(app, "/items/42?q=hush-query", headers=BEARER)
    await ask(app, "/items/43?q=hush-query", headers=[(b"authorization", b"Bearer hush-guess")])
    told = capsys.readouterr().out + caplog.text
    assert "/items/42" in told
    assert "/items/43" in told
    assert not [hush for hush in (TOKEN, SECRET, "hush", "Signature") if hush in told]


async def test_logs_a_path_without_its_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    await ask(edge(Upstream()), "/a%0A200%20GET%20/forged")
    assert len(capsys.readouterr().out.splitlines()) == 1
