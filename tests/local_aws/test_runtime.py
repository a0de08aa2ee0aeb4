"""Invoking the web app: over HTTP, within its time and the size of its answer."""

import json
import socket
import time
from typing import Any

import httpx
import pytest

from local_aws.errors import FunctionError
from local_aws.function.runtime import MAX_RESPONSE_BYTES
from policies.function import Function
from tests.local_aws.web_app import EVENT, Held, Stream, WebApp, answering, runtime_over
from tests.local_aws.wire import LOOPBACK, served

pytestmark = pytest.mark.anyio

TOO_LARGE = f"^the response is larger than {MAX_RESPONSE_BYTES} bytes"


@pytest.fixture
def web_app() -> WebApp:
    return WebApp()


async def test_sends_the_event_as_a_request_and_gives_the_answer_as_a_response(web_app: WebApp) -> None:
    web_app.headers += [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    assert await runtime_over(httpx.ASGITransport(web_app)).invoke(EVENT, "an-id") == {
        "statusCode": 200,
        "headers": {"content-type": "text/plain"},
        "cookies": ["a=1", "b=2"],
        "body": "answer",
        "isBase64Encoded": False,
    }
    scope = web_app.scope
    assert (scope["method"], scope["raw_path"], scope["query_string"]) == ("POST", b"/a%20b", b"q=1")
    assert web_app.body == b"hello"


async def test_tells_the_web_app_which_invocation_it_is(web_app: WebApp) -> None:
    before = time.time()
    await runtime_over(httpx.ASGITransport(web_app), timeout_seconds=30).invoke(EVENT, "an-id")
    headers = dict(web_app.scope["headers"])
    assert json.loads(headers[b"x-amzn-request-context"]) == EVENT["requestContext"]
    context = json.loads(headers[b"x-amzn-lambda-context"])
    assert int((before + 30) * 1000) <= context.pop("deadline") <= (time.time() + 30) * 1000
    assert context == {
        "request_id": "an-id",
        "invoked_function_arn": Function().arn,
        "xray_trace_id": None,
        "client_context": None,
        "identity": None,
        "tenant_id": None,
        "env_config": {
            "function_name": "fastapi-sample",
            "memory": 3008,
            "version": "$LATEST",
            "log_stream": "$LATEST",
            "log_group": "/aws/lambda/fastapi-sample",
        },
    }


async def test_passes_a_direct_event_through_and_its_answer_back(web_app: WebApp) -> None:
    web_app.headers, web_app.answer = [(b"content-type", b"application/json")], [b'{"received":', b"[1]}"]
    assert await runtime_over(httpx.ASGITransport(web_app)).invoke([1], "an-id") == {"received": [1]}
    assert (web_app.scope["method"], web_app.scope["path"], web_app.body) == ("POST", "/events", b"[1]")
    assert dict(web_app.scope["headers"])[b"x-amzn-request-context"] == b"null"


async def test_goes_over_a_real_socket(web_app: WebApp) -> None:
    web_app.answer = ["あ".encode()] * 1000
    async with served(web_app) as port, httpx.AsyncHTTPTransport() as transport:
        response = await runtime_over(transport, url=f"http://{LOOPBACK}:{port}").invoke(EVENT, "an-id")
    assert response["body"] == "あ" * 1000
    headers = dict(web_app.scope["headers"])
    assert (headers[b"host"], headers[b"content-length"]) == (b"id.lambda-url.ap-northeast-1.on.aws", b"5")


async def test_a_web_app_that_is_not_there_is_a_function_error() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    with pytest.raises(FunctionError, match=f"^the app isn't running: nothing listens at {url}; see its log$"):
        await runtime_over(None, url=url).invoke(EVENT, "an-id")


async def test_an_answer_that_breaks_off_is_a_function_error() -> None:
    stream = Stream(httpx.ReadError("reset"))
    with pytest.raises(FunctionError, match=r"broke off \(ReadError\): on Lambda this ends the adapter .* cold start$"):
        await runtime_over(answering(lambda: httpx.Response(200, stream=stream))).invoke(EVENT, "an-id")
    assert stream.closed


async def test_a_header_that_is_not_utf8_ends_the_adapter() -> None:
    headers = [(b"x-name", b"\xe9")]
    with pytest.raises(FunctionError, match=r"header x-name isn't UTF-8: on Lambda this ends the adapter"):
        await runtime_over(
            answering(lambda: httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"")))
        ).invoke(EVENT, "an-id")


async def test_an_answer_that_takes_too_long_is_a_function_error() -> None:
    with pytest.raises(FunctionError, match=r"^the function timed out after 0 seconds$"):
        await runtime_over(Held(), timeout_seconds=0).invoke(EVENT, "an-id")


async def test_stops_reading_an_answer_that_is_too_large() -> None:
    stream = Stream()
    with pytest.raises(FunctionError, match=TOO_LARGE):
        await runtime_over(answering(lambda: httpx.Response(200, stream=stream))).invoke(EVENT, "an-id")
    assert stream.closed
    assert stream.sent < MAX_RESPONSE_BYTES + 65_536


def test_the_limit_is_lambdas() -> None:
    assert MAX_RESPONSE_BYTES == 6 * 1024 * 1024 + 100


@pytest.mark.parametrize(("letter", "bytes_each"), [("a", 1), ("あ", 3), ('"', 2)])
async def test_measures_the_response_in_the_bytes_of_its_json(
    monkeypatch: pytest.MonkeyPatch, letter: str, bytes_each: int
) -> None:
    envelope = len('{"statusCode":200,"headers":{},"cookies":[],"body":"","isBase64Encoded":false}')
    monkeypatch.setattr("local_aws.function.runtime.MAX_RESPONSE_BYTES", envelope + 30)

    async def invoke(length: int) -> Any:
        stream = httpx.ByteStream((letter * length).encode())
        return await runtime_over(answering(lambda: httpx.Response(200, stream=stream))).invoke(EVENT, "an-id")

    assert (await invoke(30 // bytes_each))["body"] == letter * (30 // bytes_each)
    with pytest.raises(FunctionError, match=r"^the response is larger than \d+ bytes"):
        await invoke(30 // bytes_each + 1)
