"""One corpus through the real adapter and through the Python runtime: what the app saw, what came back.

AWS's emulator stands before the adapter, and then the project's own Runtime API: they have to agree.

Left out everywhere are: values of the lambda context and the trace ID (the emulator has its own), tenant_id (adapters
before 1.0 don't know it), and a cognitoIdentity of null, which the adapter drops.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_aws.errors import FunctionError
from local_aws.function.emulator import EmulatorRuntime
from local_aws.function.event import event_from
from local_aws.function.response import response_from
from local_aws.function.runtime import Runtime, StreamingRuntime, WebAppRuntime
from local_aws.iam.callers import read_callers
from local_aws.received import ReceivedRequest
from policies.function import Function
from running.ports import answers, free_port
from running.program import Program, started
from tests.container.containers import emulator
from tests.container.corpus import (
    DIFFERENCES,
    EMULATOR_DIFFERENCES,
    EVENTS,
    OLD_DIFFERENCES,
    REQUESTS,
    STREAMED_DIFFERENCES,
    Headers,
)

pytestmark = pytest.mark.anyio

ECHO_APP = Path(__file__).with_name("echo_app.py").read_text("utf-8")
FUNCTION = Function()
NOW = datetime(2026, 11, 23, tzinfo=UTC)


# What stands before the adapter: AWS's emulator, or the project's own Runtime API.
ENTRIES = {"AWS's emulator": "aws-lambda-rie", "own Runtime API": "python -m local_aws.runtime_api"}


@pytest.fixture(scope="module", params=["BUFFERED", "RESPONSE_STREAM"])
def mode(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module", params=list(ENTRIES))
def emulator_url(images: str, request: pytest.FixtureRequest, mode: str) -> Iterator[str]:
    entry, *words = ENTRIES[request.param].split()
    options = ("--entrypoint", entry, "--env", f"AWS_LWA_INVOKE_MODE={mode}")
    with emulator(*words, "python", "-c", ECHO_APP, "8000", options=options) as url:
        yield url


@pytest.fixture(scope="module")
def web_app_url() -> Iterator[str]:
    port = free_port()
    program = Program("the web app", [sys.executable, "-c", ECHO_APP, str(port)], os.environ)
    with started(program, lambda: answers(port, "/healthz")):
        yield f"http://127.0.0.1:{port}"


def event_for(method: str, target: str, headers: Headers, body: bytes) -> dict[str, Any]:
    path, _, query = target.partition("?")
    raw = (("host", FUNCTION.domain_name), *headers)
    encoded = tuple((name, value if isinstance(value, bytes) else value.encode()) for name, value in raw)
    request = ReceivedRequest(method, path, query, encoded, body, "192.0.2.1", "1.1")
    caller = next(iter(read_callers(FUNCTION).values()))
    return event_from(request, FUNCTION, caller, request_id="an-id", trace_id="Root=1-0", now=NOW)


async def streamed_outcome(runtime: StreamingRuntime, event: Any) -> Any:
    """Prelude and body, and within the body what the app saw."""
    try:
        async with runtime.stream(event, "an-id") as streamed:
            body = b"".join([piece async for piece in streamed.body])
    except FunctionError:
        return FunctionError
    prelude = streamed.prelude
    for name in ("date", "content-length"):  # of an echo the length counts the contexts, whose values differ
        prelude["headers"].pop(name, None)
    try:
        return prelude, saw(json.loads(body))
    except ValueError:
        return prelude, body


async def outcome(runtime: Runtime, event: Any) -> Any:
    """What the caller gets, and within it what the app saw; how an error is worded doesn't count."""
    try:
        answer = await runtime.invoke(event, "an-id")
        if not isinstance(answer, dict) or "statusCode" not in answer:
            return saw(answer)
        response = response_from(answer)
    except FunctionError:
        return FunctionError
    try:
        body = saw(json.loads(response.body))
    except ValueError:
        body = response.body
    # Of an echo the length counts the contexts, whose values differ; the body itself is compared.
    headers = [header for header in response.headers if header[0] != b"x-amzn-remapped-content-length"]
    return response.status, sorted(headers), body


def saw(answer: Any) -> Any:
    if not isinstance(answer, dict) or "target" not in answer:
        return answer
    headers = dict(answer["headers"])
    assert len(headers) == len(answer["headers"]), "a header came twice"
    lambda_context = json.loads(headers["x-amzn-lambda-context"])
    lambda_context.pop("tenant_id", None)
    headers["x-amzn-lambda-context"] = shape(lambda_context)
    context = json.loads(headers["x-amzn-request-context"])
    if context:
        context.get("authorizer", {"iam": {}})["iam"].pop("cognitoIdentity", None)
        headers.pop("x-amzn-trace-id", None)
    else:
        headers.pop("host")  # of an Invoke: the app's own address
    return answer | {"headers": headers | {"x-amzn-request-context": context}}


def shape(value: Any) -> Any:
    """The names and types of an object's members, without their values."""
    return {k: shape(v) for k, v in value.items()} if isinstance(value, dict) else type(value)


def differences(mode: str, entry: str, is_old_adapter: bool) -> dict[str, str]:
    if is_old_adapter:
        return OLD_DIFFERENCES | differences(mode, entry, False)
    if mode == "BUFFERED":
        return DIFFERENCES
    return EMULATOR_DIFFERENCES if entry == "AWS's emulator" else STREAMED_DIFFERENCES


@pytest.mark.usefixtures("cookies_as_in_this_adapter")
@pytest.mark.parametrize("name", [*REQUESTS, *EVENTS])
async def test_the_python_runtime_does_what_the_adapter_does(
    name: str, mode: str, emulator_url: str, web_app_url: str, is_old_adapter: bool, request: pytest.FixtureRequest
) -> None:
    event = event_for(*REQUESTS[name]) if name in REQUESTS else EVENTS[name]
    async with httpx.AsyncHTTPTransport() as transport:
        limits: dict[str, Any] = {"timeout_seconds": 60, "transport": transport}
        outcome_of = outcome if mode == "BUFFERED" else streamed_outcome
        real = await outcome_of(EmulatorRuntime(emulator_url, **limits), event)
        local = await outcome_of(WebAppRuntime(web_app_url, FUNCTION, **limits), event)
    if name in differences(mode, request.node.callspec.params["emulator_url"], is_old_adapter):
        assert local != real, "they agree now: take it off the list of differences"
    else:
        assert local == real


def test_every_difference_names_a_request_or_an_event() -> None:
    assert not (DIFFERENCES | EMULATOR_DIFFERENCES).keys() - REQUESTS.keys() - EVENTS.keys()
