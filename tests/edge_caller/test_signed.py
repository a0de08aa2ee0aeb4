"""What the edge caller sends is verified by the local stand-in, which computes each signature with botocore."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from edge_caller.app import EdgeCaller
from local_aws.app import LocalAws
from local_aws.iam.access import Access
from local_aws.iam.callers import CALLERS_FILE, Caller, read_callers
from policies.function import Function
from tests.edge_caller.asgi import Answer, ask, edge

pytestmark = pytest.mark.anyio

FUNCTION = Function()
CALLERS = {caller.name: caller for caller in read_callers(FUNCTION).values()}
Ask = Callable[..., Awaitable[Answer]]


class EventRuntime:
    """A function that keeps its event and returns nothing in particular."""

    event: Any = None

    async def invoke(self, event: Any, request_id: str) -> Any:
        self.event = event
        return {"invoked": True}


class InProcess(httpx.ASGITransport):
    """httpx's transport to an ASGI app, which by itself takes no notice of a `target`."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(raw_path=request.extensions["target"])
        return await super().handle_async_request(request)


def edge_of(caller: Caller, runtime: EventRuntime, **variables: str) -> EdgeCaller:
    keys = {"AWS_ACCESS_KEY_ID": caller.access_key_id, "AWS_SECRET_ACCESS_KEY": caller.secret_access_key}
    if caller.session_token:
        keys["AWS_SESSION_TOKEN"] = caller.session_token
    transport = InProcess(LocalAws(Access(FUNCTION), runtime))
    return edge(transport, FUNCTION_URL=f"https://{FUNCTION.domain_name}/", **keys, **variables)


@pytest.fixture
def runtime() -> EventRuntime:
    return EventRuntime()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_signs_every_method(runtime: EventRuntime, method: str) -> None:
    assert (await ask(edge_of(CALLERS["edge-caller"], runtime), method=method)).status == 200
    assert runtime.event["requestContext"]["http"]["method"] == method


@pytest.mark.parametrize(
    "target",
    [
        "/items/42?q=hello",
        "/a//b/",
        "//a",
        "/a%20b/c%2Fd/%E3%81%82",
        "/a(b)!c'd*e;f=g,h@i:j$k&l",
        "/?b=2&a=1&b=1&flag&=nameless&empty=",
        "/?q=%e3%81%82&r=a%2Bb&s='(!*)'~",
        "/?q=100%&r=%zz",
        "/?" + "&".join(f"k{n % 7}={n}" for n in range(500)),
    ],
)
async def test_signs_every_target_as_it_is_sent(runtime: EventRuntime, target: str) -> None:
    assert (await ask(edge_of(CALLERS["edge-caller"], runtime), target)).status == 200
    assert runtime.event["rawPath"] == target.partition("?")[0]


async def test_the_function_reads_a_plus_in_the_query_as_a_space(runtime: EventRuntime) -> None:
    assert (await ask(edge_of(CALLERS["edge-caller"], runtime), "/?q=a+b")).status == 200
    assert runtime.event["queryStringParameters"] == {"q": "a b"}


@pytest.mark.parametrize("body", [b'{"a": 1}', bytes(range(256)), b""])
@pytest.mark.parametrize("content_type", [b"application/json", b"multipart/form-data; boundary=x", b""])
async def test_signs_every_body_with_its_content_type(runtime: EventRuntime, body: bytes, content_type: bytes) -> None:
    headers = [(b"content-type", content_type)] if content_type else []
    app = edge_of(CALLERS["edge-caller"], runtime)
    assert (await ask(app, method="POST", headers=headers, body=[body])).status == 200


async def test_signs_whatever_headers_came_in(runtime: EventRuntime) -> None:
    headers = [
        (b"authorization", b"AWS4-HMAC-SHA256 Credential=other"),
        (b"x-amz-date", b"20200101T000000Z"),
        (b"x-amz-security-token", b"other"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"accept-language", b"ja"),
        (b"x-name", "café".encode()),
        (b"cookie", b"a=1"),
    ]
    assert (await ask(edge_of(CALLERS["edge-caller"], runtime), headers=headers)).status == 200
    assert runtime.event["headers"]["accept-language"] == "ja"
    assert runtime.event["cookies"] == ["a=1"]
    assert runtime.event["headers"].get("x-forwarded-for") != "192.0.2.1"


async def test_signs_with_temporary_credentials(runtime: EventRuntime) -> None:
    assert (await ask(edge_of(CALLERS["temporary-caller"], runtime))).status == 200


async def test_passes_a_refusal_back_as_it_is(runtime: EventRuntime) -> None:
    answer = await ask(edge_of(CALLERS["article-2024"], runtime))
    assert (answer.status, answer.values("x-amzn-errortype")) == (403, ["AccessDeniedException"])
    assert runtime.event is None


INVOKE_API = {
    "INVOKE_FUNCTION_NAME": FUNCTION.arn,
    "EDGE_BEARER_TOKEN": "token",
    "AWS_ENDPOINT_URL_LAMBDA": f"https://{FUNCTION.invoke_api_host}",
}
BEARER = [(b"authorization", b"Bearer token")]


async def test_signs_a_direct_invoke_of_an_arn(runtime: EventRuntime) -> None:
    app = edge_of(CALLERS["invoke-caller"], runtime, **INVOKE_API)
    answer = await ask(app, "/_edge/invoke", method="POST", headers=BEARER, body=[b'{"from": "outside"}'])
    assert (answer.status, answer.body) == (200, b'{"invoked":true}')
    assert runtime.event == {"from": "outside"}


async def test_passes_the_refusal_of_a_direct_invoke_back(runtime: EventRuntime) -> None:
    app = edge_of(CALLERS["edge-caller"], runtime, **INVOKE_API)
    answer = await ask(app, "/_edge/invoke", method="POST", headers=BEARER, body=[b"{}"])
    assert (answer.status, runtime.event) == (403, None)


async def test_corrects_its_clock_when_it_is_ten_minutes_off(runtime: EventRuntime) -> None:
    """The Function URL refuses the first signature and tells its own time; the second is right."""
    later = datetime.now(UTC) + timedelta(minutes=10)
    stand_in = LocalAws(Access(FUNCTION, now=lambda: later), runtime)

    async def with_date(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_date(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"date", format_datetime(later, usegmt=True).encode()))
            await send(message)

        await stand_in(scope, receive, send_with_date)

    caller = CALLERS["edge-caller"]
    keys = {"AWS_ACCESS_KEY_ID": caller.access_key_id, "AWS_SECRET_ACCESS_KEY": caller.secret_access_key}
    app = edge(httpx.ASGITransport(with_date), FUNCTION_URL=f"https://{FUNCTION.domain_name}/", **keys)
    assert [(await ask(app)).status for _ in range(2)] == [200, 200]


async def test_passes_on_that_its_credentials_expired_until_they_are_renewed(
    runtime: EventRuntime, tmp_path: Path
) -> None:
    callers = tmp_path / "callers.toml"
    text = CALLERS_FILE.read_text("utf-8")
    callers.write_text(text.replace("expires_at = 2099", "expires_at = 2020"))
    transport = InProcess(LocalAws(Access(FUNCTION, callers), runtime))
    caller = CALLERS["temporary-caller"]
    app = edge(
        transport,
        FUNCTION_URL=f"https://{FUNCTION.domain_name}/",
        AWS_ACCESS_KEY_ID=caller.access_key_id,
        AWS_SECRET_ACCESS_KEY=caller.secret_access_key,
        AWS_SESSION_TOKEN=str(caller.session_token),
    )
    assert (await ask(app)).values("x-amzn-errortype") == ["ExpiredTokenException"]
    callers.write_text(text)
    assert (await ask(app)).status == 200
