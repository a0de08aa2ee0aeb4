"""The Invoke API: the body is the event, the answer what the function returned."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws.errors import RESPONSE_TOO_LARGE, TIMED_OUT, FunctionError
from local_aws.refusals import fact, throttled
from tests.local_aws.answers import MISMATCH, Body, Refusal, assert_refused
from tests.local_aws.asgi import Edit, FakeRuntime, Send
from tests.local_aws.signing import INVOKE, Request, signed

pytestmark = pytest.mark.anyio

ARN = "arn:aws:lambda:ap-northeast-1:123456789012:function:fastapi-sample"
NOT_SIGNED: Refusal = (403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})


def invocation(body: bytes = b"{}", target: str = INVOKE, by: str = "invoke-caller", **options: Any) -> Request:
    return signed(target, method="POST", body=body, by=by, **options)


def path_of(name: str) -> str:
    return f"/2015-03-31/functions/{name}/invocations"


def denied(caller: str, arn: str, because: str) -> Refusal:
    user = f"arn:aws:iam::123456789012:user/{caller}"
    message = f"User: {user} is not authorized to perform: lambda:InvokeFunction on resource: {arn} {because}"
    return 403, "AccessDeniedException", {"Message": message}


NO_POLICY = "because no identity-based policy allows the lambda:InvokeFunction action"


@pytest.mark.parametrize("answer", [{"a": [1, "あ"]}, [], "text", 5, True, None], ids=repr)
async def test_gives_the_event_and_answers_the_payload(send: Send, runtime: FakeRuntime, answer: Any) -> None:
    runtime.answer = answer
    response = await send(invocation('{"from": "外"}'.encode()))
    assert (response.status_code, response.json()) == (200, answer)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-amz-executed-version"] == "$LATEST"
    assert "x-amz-function-error" not in response.headers
    assert runtime.event == {"from": "外"}


@pytest.mark.parametrize("name", ["fastapi-sample", ARN.replace(":", "%3A")])
async def test_takes_the_functions_name_or_arn(send: Send, name: str) -> None:
    assert (await send(invocation(target=path_of(name)))).status_code == 200


QUALIFIED = {
    "in the path": path_of("fastapi-sample:$LATEST"),
    "encoded": path_of("fastapi-sample%3A%24LATEST"),
    "in the ARN": path_of(f"{ARN}:$LATEST".replace(":", "%3A")),
    "as Qualifier": path_of("fastapi-sample") + "?Qualifier=%24LATEST",
    "both": path_of("fastapi-sample:$LATEST") + "?Qualifier=%24LATEST",
}


@pytest.mark.parametrize("target", QUALIFIED.values(), ids=QUALIFIED)
async def test_a_qualifier_is_part_of_what_the_policy_allows(
    send: Send, policies: Path, edit: Edit, target: str
) -> None:
    assert_refused(await send(invocation(target=target)), denied("invoke-caller", f"{ARN}:$LATEST", NO_POLICY))
    edit(policies / "invoke-api.json", 'FUNCTION_NAME"', 'FUNCTION_NAME:*"')
    assert (await send(invocation(target=target))).status_code == 200


async def test_knows_no_version_but_the_latest(send: Send, policies: Path, edit: Edit) -> None:
    edit(policies / "invoke-api.json", 'FUNCTION_NAME"', 'FUNCTION_NAME:*"')
    body: Body = {"Type": "User", "Message": f"Function not found: {ARN}:7"}
    target = path_of("fastapi-sample") + "?Qualifier=7"
    assert_refused(await send(invocation(target=target)), (404, "ResourceNotFoundException", body))


async def test_refuses_two_qualifiers_that_differ(send: Send) -> None:
    response = await send(invocation(target=path_of("fastapi-sample:1") + "?Qualifier=2"))
    assert (response.status_code, response.headers["x-amzn-errortype"]) == (400, "InvalidParameterValueException")


async def test_an_invocation_without_a_body_has_an_empty_event(send: Send, runtime: FakeRuntime) -> None:
    assert (await send(invocation(b""))).status_code == 200
    assert runtime.event == {}


@pytest.mark.parametrize("body", [b"{", b"NaN", b"\xff", b'"\\ud800"', b"[" * 100_000], ids=lambda body: repr(body[:8]))
async def test_refuses_an_event_that_is_no_json(send: Send, runtime: FakeRuntime, body: bytes) -> None:
    response = await send(invocation(body))
    assert (response.status_code, response.headers["x-amzn-errortype"]) == (400, "InvalidRequestContentException")
    assert response.json()["message"].startswith(
        "Could not parse request body into json: Could not parse payload into json: "
    )
    assert runtime.events == []


async def test_a_function_that_fails_is_a_200_with_its_error(
    send: Send, runtime: FakeRuntime, log: Callable[[], str]
) -> None:
    runtime.answer = FunctionError("the function timed out after 30 seconds")
    response = await send(invocation())
    assert (response.status_code, response.headers["x-amz-function-error"]) == (200, "Unhandled")
    assert response.json()["errorMessage"] == "the function timed out after 30 seconds"
    assert log().endswith(
        " - The function failed: the function timed out after 30 seconds. Look at the function's own log."
    )


async def test_a_time_out_names_the_request_and_a_large_answer_its_limit(send: Send, runtime: FakeRuntime) -> None:
    runtime.answer = FunctionError("too slow", TIMED_OUT, "Task timed out after 1.00 seconds")
    response = await send(invocation())
    message = f"RequestId: {response.headers['x-amzn-requestid']} Error: Task timed out after 1.00 seconds"
    assert response.json() == {"errorType": "Sandbox.Timedout", "errorMessage": message}
    runtime.answer = FunctionError("too large", RESPONSE_TOO_LARGE, "Response payload size exceeded ...")
    error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": "Response payload size exceeded ..."}
    assert (await send(invocation())).json() == error


async def test_an_error_of_lambdas_own_names_the_request_once(send: Send, runtime: FakeRuntime) -> None:
    exited = "Error: Runtime exited with error: exit status 7"
    runtime.answer = FunctionError("", "Runtime.ExitError", exited.removeprefix("Error: "))
    response = await send(invocation())
    assert response.json()["errorMessage"] == f"RequestId: {response.headers['x-amzn-requestid']} {exited}"
    runtime.answer = FunctionError("", "Runtime.ExitError", f"RequestId: of-the-emulator {exited}")
    assert (await send(invocation())).json()["errorMessage"] == f"RequestId: of-the-emulator {exited}"


@pytest.mark.parametrize("answer", ["\ud800", float("nan")], ids=ascii)
async def test_a_function_that_answers_no_json_has_failed(send: Send, runtime: FakeRuntime, answer: Any) -> None:
    runtime.answer = answer
    response = await send(invocation())
    assert (response.status_code, response.headers["x-amz-function-error"]) == (200, "Unhandled")


async def test_a_throttled_call_is_a_429(send: Send, runtime: FakeRuntime) -> None:
    runtime.answer = throttled(fact("reserved_concurrency_used_up"))
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    body: Body = {"Reason": reason, "Type": "User", "message": "Rate Exceeded."}
    assert_refused(await send(invocation()), (429, "TooManyRequestsException", body))


async def test_refuses_what_nobody_signed(send: Send) -> None:
    assert_refused(await send(invocation().without("authorization")), NOT_SIGNED)


async def test_refuses_what_was_changed_after_signing(send: Send) -> None:
    assert_refused(await send(invocation().but(body=b"[]")), MISMATCH)


@pytest.mark.parametrize("caller", ["edge-caller", "article-2024"])
async def test_refuses_a_caller_that_may_only_use_the_url(send: Send, runtime: FakeRuntime, caller: str) -> None:
    assert_refused(await send(invocation(by=caller)), denied(caller, ARN, NO_POLICY))
    assert runtime.events == []


async def test_says_so_where_a_policy_denies_it(send: Send, policies: Path, edit: Edit) -> None:
    edit(policies / "invoke-api.json", '"Allow"', '"Deny"')
    because = "with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/invoke-api"
    assert_refused(await send(invocation()), denied("invoke-caller", ARN, because))


@pytest.mark.parametrize("name", ["another", ARN.replace("ap-northeast-1", "us-east-1").replace(":", "%3A")])
async def test_a_function_that_the_policy_does_not_name_is_denied_whether_it_exists_or_not(
    send: Send, name: str
) -> None:
    arn = name.replace("%3A", ":") if name.startswith("arn") else ARN.replace("fastapi-sample", name)
    assert_refused(await send(invocation(target=path_of(name))), denied("invoke-caller", arn, NO_POLICY))


async def test_knows_no_other_function(send: Send, policies: Path, edit: Edit) -> None:
    edit(policies / "invoke-api.json", '"arn:aws:lambda:REGION:ACCOUNT_ID:function:FUNCTION_NAME"', '"*"')
    message = f"Function not found: {ARN.replace('fastapi-sample', 'another')}"
    body: Body = {"Type": "User", "Message": message}
    assert_refused(await send(invocation(target=path_of("another"))), (404, "ResourceNotFoundException", body))


@pytest.mark.parametrize("kind", ["Event", "DryRun", "requestresponse"])
async def test_does_not_pretend_to_invoke_in_another_way(send: Send, runtime: FakeRuntime, kind: str) -> None:
    body: Body = {"Type": "User", "message": f"InvocationType '{kind}' is not supported"}
    refusal = 400, "InvalidParameterValueException", body
    assert_refused(await send(invocation(headers=(("x-amz-invocation-type", kind),))), refusal)
    assert runtime.events == []
    assert (await send(invocation(headers=(("x-amz-invocation-type", "RequestResponse"),)))).status_code == 200


async def test_any_other_method_and_host_is_a_request_to_the_function_url(send: Send, runtime: FakeRuntime) -> None:
    assert (await send(signed(INVOKE))).status_code == 200
    url_host = ("host", "local0function0url0of0this0machn.lambda-url.ap-northeast-1.on.aws")
    assert (await send(invocation(by="edge-caller", headers=(url_host,)))).status_code == 200
    assert [event["rawPath"] for event in runtime.events] == [INVOKE, INVOKE]
