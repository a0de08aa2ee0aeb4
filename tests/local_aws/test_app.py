"""Whatever a client sends, or doesn't: a plain refusal, one line in the log, and never a traceback."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from local_aws.app import LocalAws, create_app
from local_aws.config import Settings
from local_aws.errors import ConfigurationError
from local_aws.iam.access import Access
from policies.function import Function
from tests.local_aws.answers import FORBIDDEN, MISMATCH, THROTTLED, assert_refused
from tests.local_aws.asgi import FakeRuntime, Send, ask, receiving, scope_of
from tests.local_aws.signing import EMPTY_SHA256, Request, signed

pytestmark = pytest.mark.anyio


async def test_is_made_from_its_settings_and_tells_the_time_itself() -> None:
    app = create_app(Settings(reserved_concurrency=0))
    assert_refused(await ask(app, signed(at=datetime.now(UTC))), THROTTLED)
    assert_refused(await ask(app, signed().without("authorization")), FORBIDDEN)


def test_is_made_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_AWS_TIMEOUT_SECONDS", "none")
    with pytest.raises(ConfigurationError, match=r"^LOCAL_AWS_TIMEOUT_SECONDS is 'none'"):
        create_app()


async def test_writes_a_line_for_a_success_too(send: Send, log: Callable[[], str]) -> None:
    await send(signed("/items/42?q=hello"))
    assert log() == "200 GET /items/42"


async def test_writes_why_it_refused(send: Send, log: Callable[[], str]) -> None:
    await send(signed("/items/42?q=hello").without("authorization").without("x-amz-date"))
    assert log() == "403 GET /items/42 - AccessDeniedException: The request is not signed. Sign it with SigV4."


@pytest.mark.parametrize(
    ("request_", "escaped"),
    [
        (signed("/a%0d%0a200%20GET%20/b"), r"/a\r\n200 GET /b"),
        (signed("/%1b[31m%07"), r"/\x1b[31m\x07"),
        (signed("/%E2%80%AE%E2%80%A8"), r"/\u202e\u2028"),
        (signed("/%FF"), "/\N{REPLACEMENT CHARACTER}"),
        (signed("/%E3%81%82"), "/あ"),
        (signed("/", region="x\r\ny", expires=60), r"'x\r\ny'"),
        (signed().with_header("x-amz-date", b"\xe2\x80\xa8\xff"), r"'\u2028\udcff'"),
        (signed(headers=(("host", "\x1b.lambda-url.x.on.aws"),)), "400 GET /"),
        (signed("/2015-03-31/functions/%0a%1b/invocations", method="POST", by="edge-caller"), r"function:\n\x1b"),
    ],
    ids=lambda value: ascii(value)[-24:] if isinstance(value, str) else "",
)
async def test_nothing_that_a_client_sends_begins_another_line_of_the_log(
    send: Send, log: Callable[[], str], request_: Request, escaped: str
) -> None:
    await send(request_)
    assert escaped in log()
    assert log().isprintable()


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.disconnect"}],
        [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.disconnect"}],
    ],
    ids=["at once", "within its body"],
)
async def test_stops_when_the_client_leaves(
    app: LocalAws, runtime: FakeRuntime, log: Callable[[], str], messages: list[dict[str, object]]
) -> None:
    async def send(message: object) -> None:
        raise AssertionError("there is nobody to answer")

    await app(scope_of(signed("/upload", method="POST", body=b"ab")), receiving(*messages), send)
    assert log() == "the client disconnected before its POST /upload was complete"
    assert runtime.events == []


@pytest.mark.parametrize(
    "target",
    ["/a#b", "/a?b#c", "/#", "*", "http://127.0.0.1:9000/a", "//x#", "a", "@evil/a", ""],
)
async def test_refuses_a_target_that_could_be_read_in_two_ways(send: Send, runtime: FakeRuntime, target: str) -> None:
    """The canonical request of /a#b is that of /a: what was verified would not be what is invoked."""
    assert_refused(
        await send(signed("/a").but(target=target)), (400, "BadRequestException", {"message": "Bad Request"})
    )
    assert runtime.events == []


@pytest.mark.parametrize(
    "request_",
    [
        signed().with_header("authorization", signed()["authorization"].encode() + b"\xff"),
        signed().with_header("authorization", b"AWS4-HMAC-SHA256 \xff=\xff, Signature=\xff"),
        signed().with_authorization("=host;", "=host;\N{SNOWMAN};"),
        signed(headers=(("x-note", "a"),)).with_header("x-note", b"\xff"),
        signed().with_header("x-amz-content-sha256", b"\xff"),
        signed("/?a=%FF&X-Amz-Signature=%FF", canonical_query="a=%FF"),
        signed("/?X-Amz-Algorithm=%FF&X-Amz-Signature=%FF").without("authorization"),
        signed(expires=60).with_header("host", b"\xff"),
        signed(secret="another").with_header("x-amz-security-token", b"\xff"),
        signed().with_header("host", b"\xff"),
        signed().with_header("content-type", b"\xff").with_header("cookie", b"\xff="),
        signed().with_authorization("AKIALOCAL00000000001", "A" * 60_000),
        signed().with_authorization("host;", "host;" * 10_000),
        signed().with_header("authorization", "AWS4-HMAC-SHA256 " + "a=b," * 10_000),
        signed(headers=tuple((f"x-{number}", "a") for number in range(500))),
        signed("/" + "%2e%2e/" * 5_000),
        signed("/?" + "a&" * 5_000),
    ],
)
async def test_no_odd_request_is_more_than_a_refusal(send: Send, request_: Request) -> None:
    assert (await send(request_)).status_code in (200, 403)


@pytest.mark.parametrize(
    "value", [b"\xff", b"\x80abc", "é".encode("latin-1"), "\udcff".encode("utf-8", "surrogatepass")]
)
async def test_a_signature_that_is_no_text_is_a_wrong_one(send: Send, value: bytes) -> None:
    request = signed()
    claim = request["authorization"][:-64].encode() + value
    assert_refused(await send(request.with_header("authorization", claim)), MISMATCH)


async def test_answers_a_head_request_and_a_status_without_a_body_with_none(send: Send, runtime: FakeRuntime) -> None:
    for method, status in (("HEAD", 200), ("GET", 204), ("GET", 304)):
        runtime.answer = {"statusCode": status, "body": "not to be sent"}
        response = await send(signed(method=method))
        assert (response.status_code, response.content) == (status, b"")
        assert "content-length" not in response.headers


async def test_a_refused_head_request_has_no_body_either(send: Send) -> None:
    response = await send(signed(method="HEAD").without("authorization"))
    assert (response.status_code, response.content) == (FORBIDDEN[0], b"")
    assert response.headers["x-amzn-errortype"] == FORBIDDEN[1]


REASON = "x-local-aws-reason"


async def test_the_response_says_why_in_one_line_of_ascii(send: Send, log: Callable[[], str]) -> None:
    response = await send(signed(method="PUT").but(method="POST"))
    assert response.headers[REASON].startswith("The signature is of a PUT, but a POST came. Sign the method")
    assert response.headers[REASON] in log()


async def test_the_reason_is_bounded_and_holds_no_line_break(send: Send) -> None:
    response = await send(
        signed("/?X-Amz-Date=%0d%0aset-cookie:x" + "x" * 5_000, canonical_query="").without("authorization")
    )
    assert response.headers[REASON].isprintable()
    assert len(response.headers[REASON]) <= 2048


async def test_an_answer_that_is_no_refusal_has_no_reason(send: Send) -> None:
    assert REASON not in (await send(signed())).headers


async def test_the_reason_can_be_left_out(runtime: FakeRuntime, function: Function) -> None:
    app = LocalAws(Access(function), runtime, reason_header=False)
    assert REASON not in (await ask(app, signed().without("authorization"))).headers


async def test_logs_the_canonical_request_where_no_mistake_was_found(
    send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "local_aws")
    await send(signed("/items/42?q=hello", secret="another", by="temporary-caller", token="hush"))
    lines = caplog.messages[0].split("\n")
    assert lines[1:5] == ["The canonical request that AWS makes:", "    GET", "    /items/42", "    q=hello"]
    assert "    x-amz-security-token:(session token)" in lines
    assert lines[-1].strip() == EMPTY_SHA256


@pytest.mark.parametrize(("region", "service"), [("us-east-1", ""), ("us-east-1", "127"), ("ap-northeast-1", "")])
async def test_says_that_the_region_was_guessed_from_the_host(send: Send, region: str, service: str) -> None:
    """aws4fetch and SDKs take both from the host: 127.0.0.1 names neither."""
    reason = (await send(signed(region=region, service=service))).headers[REASON]
    assert "The client guessed region and service from the host 127.0.0.1:9000" in reason
    assert 'give it two arguments: region "ap-northeast-1" and service "lambda"' in reason


async def test_does_not_say_so_of_a_function_url(send: Send) -> None:
    host = "local0function0url0of0this0machn.lambda-url.ap-northeast-1.on.aws"
    reason = (await send(signed(headers=(("host", host),), region="us-east-1", service=""))).headers[REASON]
    assert "guessed" not in reason
