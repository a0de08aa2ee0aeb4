"""The Function URL from the door to the answer: both actions, the event's limits, and the function's failures."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from local_aws.errors import FunctionError
from local_aws.refusals import fact, throttled
from tests.local_aws.answers import FORBIDDEN, THROTTLED, TOO_LARGE, UNKNOWN_URL, assert_refused
from tests.local_aws.asgi import Edit, FakeRuntime, Send
from tests.local_aws.signing import signed

pytestmark = pytest.mark.anyio

MAX_EVENT_BYTES = 6_291_456
DENY = '{"Effect": "Deny", "Action": "lambda:InvokeFunction*", "Resource": "*"},'


async def test_answers_what_the_function_answers(send: Send, runtime: FakeRuntime) -> None:
    runtime.answer = {"statusCode": 404, "headers": {"x-note": "a"}, "cookies": ["a=1", "b=2"], "body": "not here"}
    response = await send(signed())
    assert (response.status_code, response.text) == (404, "not here")
    assert response.headers["x-note"] == "a"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert response.headers["content-length"] == "8"


async def test_a_success_carries_the_ids_that_stand_in_the_event(send: Send, runtime: FakeRuntime) -> None:
    response = await send(signed())
    assert response.headers["x-amzn-requestid"] == runtime.event["requestContext"]["requestId"]
    assert response.headers["x-amzn-trace-id"] == runtime.event["headers"]["x-amzn-trace-id"]
    assert response.headers["x-amzn-trace-id"].startswith("Root=1-6b03d660-")


async def test_the_event_says_when_and_by_whom(send: Send, runtime: FakeRuntime) -> None:
    await send(signed())
    context = runtime.event["requestContext"]
    assert context["time"] == "23/Nov/2026:06:00:00 +0000"
    assert context["authorizer"]["iam"]["userArn"].endswith(":user/edge-caller")
    assert context["http"]["sourceIp"] == "192.0.2.7"


@pytest.mark.parametrize("caller", ["invoke-caller", "article-2024"])
async def test_refuses_a_caller_without_both_actions(send: Send, runtime: FakeRuntime, caller: str) -> None:
    assert_refused(await send(signed(by=caller)), FORBIDDEN)
    assert runtime.events == []


async def test_an_edited_policy_counts_at_the_next_request(send: Send, policies: Path, edit: Edit) -> None:
    assert (await send(signed())).status_code == 200
    edit(policies / "call-function-url.json", '"Statement": [', f'"Statement": [{DENY}')
    assert_refused(await send(signed()), FORBIDDEN)
    edit(policies / "call-function-url.json", DENY, "")
    assert (await send(signed())).status_code == 200


async def test_an_edited_caller_counts_at_the_next_request(send: Send, callers_file: Path, edit: Edit) -> None:
    assert_refused(await send(signed(by="article-2024")), FORBIDDEN)
    edit(callers_file, "article-2024.json", "call-function-url.json")
    assert (await send(signed(by="article-2024"))).status_code == 200


async def test_a_broken_callers_file_is_a_plain_500_until_it_is_mended(
    send: Send, callers_file: Path, edit: Edit, log: Callable[[], str]
) -> None:
    edit(callers_file, "[edge-caller]", "[edge-caller")
    response = await send(signed())
    assert (response.status_code, response.headers["content-type"]) == (500, "text/plain; charset=utf-8")
    assert response.text.startswith("The local stand-in can't work: callers.toml can't be read: ")
    assert log().startswith("500 GET / - The stand-in can't work: callers.toml can't be read: ")
    edit(callers_file, "[edge-caller", "[edge-caller]")
    assert (await send(signed())).status_code == 200


async def test_a_broken_policy_is_a_plain_500(send: Send, policies: Path, edit: Edit) -> None:
    edit(policies / "invoke-api.json", '"Allow"', '"Permit"')
    response = await send(signed())
    assert response.status_code == 500
    assert "the policy invoke-api.json has the Effect 'Permit': write Allow or Deny" in response.text


@pytest.mark.parametrize(
    "failure",
    [
        FunctionError("the function timed out after 30 seconds"),
        FunctionError("no answer from the web app"),
        {"statusCode": 99},
        {"statusCode": 200, "headers": {"x-a": "a\r\nb"}},
        {"statusCode": 200, "body": ["no string"]},
        "\ud800",
    ],
    ids=ascii,
)
async def test_any_failure_of_the_function_is_a_502_without_a_word_of_why(
    send: Send, runtime: FakeRuntime, failure: object
) -> None:
    runtime.answer = failure
    response = await send(signed())
    assert (response.status_code, response.content) == (502, b"Internal Server Error")
    assert response.headers["content-type"] == "text/plain"
    assert "x-amzn-errortype" not in response.headers


async def test_the_log_says_why_a_function_failed(send: Send, runtime: FakeRuntime, log: Callable[[], str]) -> None:
    runtime.answer = FunctionError("the function timed out after 30 seconds")
    await send(signed("/slow"))
    assert log().startswith("502 GET /slow - The function failed: the function timed out after 30 seconds. Look at")


async def test_a_throttled_call_is_refused_as_aws_does(send: Send, runtime: FakeRuntime) -> None:
    runtime.answer = throttled(fact("reserved_concurrency_used_up"))
    assert_refused(await send(signed()), THROTTLED)


async def test_measures_the_limit_on_the_event_that_was_built(send: Send, runtime: FakeRuntime) -> None:
    """base64 makes three bytes four: a body well below the limit can be too large, and the same as text is not."""
    body = b"a" * 4_718_000
    as_text = signed(method="POST", body=body, headers=(("content-type", "text/plain"),))
    assert (await send(as_text)).status_code == 200
    room = MAX_EVENT_BYTES - len(json.dumps(runtime.event, separators=(",", ":")))
    as_text = signed(method="POST", body=body + b"a" * room, headers=(("content-type", "text/plain"),))
    assert (await send(as_text)).status_code == 200
    as_text = signed(method="POST", body=body + b"a" * (room + 1), headers=(("content-type", "text/plain"),))
    assert_refused(await send(as_text), TOO_LARGE)
    assert_refused(await send(signed(method="POST", body=body)), TOO_LARGE)
    assert len(runtime.events) == 2


async def test_refuses_a_body_beyond_the_limit_before_it_is_whole(send: Send, runtime: FakeRuntime) -> None:
    assert_refused(await send(signed(method="POST", body=b"a" * (MAX_EVENT_BYTES + 1))), TOO_LARGE)
    assert runtime.events == []


@pytest.mark.parametrize("host", ["another.lambda-url.ap-northeast-1.on.aws", "a.lambda-url.us-east-1.on.aws:443"])
async def test_knows_no_other_function_url(send: Send, host: str) -> None:
    assert_refused(await send(signed(headers=(("host", host),))), UNKNOWN_URL)
    assert_refused(await send(signed().with_header("host", host.upper())), UNKNOWN_URL)


@pytest.mark.parametrize("host", ["localhost:9000", "example.com", "lambda-url.ap-northeast-1.on.aws", ""])
async def test_any_other_host_is_the_one_function(send: Send, host: str) -> None:
    assert (await send(signed(headers=(("host", host),)))).status_code == 200
