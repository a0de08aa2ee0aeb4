"""The cases find a stand-in that is wrong: each deviation of a name in the code is seen by at least one case.

A name that no case reaches fails here, too: the deviation isn't found.
"""

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

import local_aws
from conformance.case import Case, read_cases
from conformance.running import known_differences, run
from conformance.stand_in import StandIn, stand_in
from local_aws import invoke_api, refusals
from local_aws.errors import Refusal
from local_aws.function import event, response, runtime, streaming
from local_aws.iam import checks, claim, decision, policy, suspicions
from local_aws.sts import answers

CASES = {name: case for name, case in read_cases().items() if name not in known_differences("stand-in")}
MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(local_aws.__path__, "local_aws.")
    if not found.name.endswith("__main__")
]


@pytest.fixture(scope="module")
def target() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


Deviate = Callable[[Any, Any], None]


def everywhere(monkeypatch: pytest.MonkeyPatch, right: Any, wrong: Any) -> None:
    """Puts another thing in the place of a function or a constant, wherever the stand-in has imported it."""
    places = [(module, name) for module in MODULES for name, value in vars(module).items() if value is right]
    assert places
    for module, name in places:
        monkeypatch.setattr(module, name, wrong)


@pytest.fixture
def deviate(monkeypatch: pytest.MonkeyPatch) -> Deviate:
    return partial(everywhere, monkeypatch)


def found_by(target: StandIn, matters: Callable[[Case], bool]) -> str:
    """The first of these cases that sees a difference. Raises AssertionError where none does."""
    for case in filter(matters, CASES.values()):
        [result] = run([case], target)
        if result.outcome != "agrees":
            return case.name
    raise AssertionError("no case has seen the deviation")


REFUSALS = [
    function
    for _, function in inspect.getmembers(refusals, inspect.isfunction)
    if function.__annotations__.get("return") is Refusal
]


@pytest.fixture(scope="module")
def reached(target: StandIn) -> dict[str, list[str]]:
    """The cases in which each refusal is called."""
    found: dict[str, list[str]] = {refusal.__name__: [] for refusal in REFUSALS}
    with pytest.MonkeyPatch.context() as monkeypatch:
        current = ""

        def noted(refusal: Callable[..., Refusal]) -> Callable[..., Refusal]:
            def called(*args: Any, **kwargs: Any) -> Refusal:
                found[refusal.__name__].append(current)
                return refusal(*args, **kwargs)

            return called

        for refusal in REFUSALS:
            everywhere(monkeypatch, refusal, noted(refusal))
        for case in CASES.values():
            current = case.name
            if case.expect.status >= 400:
                list(run([case], target))
    return found


@pytest.mark.parametrize("what", ["status", "type", "body"])
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_finds_a_refusal_with_another_answer(
    target: StandIn, deviate: Deviate, reached: dict[str, list[str]], refusal: Callable[..., Refusal], what: str
) -> None:
    def wrong(*args: Any, **kwargs: Any) -> Refusal:
        right = refusal(*args, **kwargs)
        body = json.loads(right.body)
        return Refusal(
            right.status + 1 if what == "status" else right.status,
            "AnotherException" if what == "type" else right.error_type,
            dict.fromkeys(body, "another") if what == "body" else body,
            *right.findings,
        )

    deviate(refusal, wrong)
    found_by(target, lambda case: case.name in reached[refusal.__name__])


SENTENCES = [name for name, value in vars(answers).items() if name.isupper() and isinstance(value, str)]


@pytest.mark.parametrize("name", [name for name in SENTENCES if name != "NAMESPACE"])
def test_finds_another_sentence_of_sts(target: StandIn, deviate: Deviate, name: str) -> None:
    deviate(getattr(answers, name), "another sentence")
    found_by(target, lambda case: case.api == "sts")


def fields(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value and path not in ("headers", "queryStringParameters"):
        for name, inner in value.items():
            yield from fields(inner, f"{path}.{name}" if path else name)
    else:
        yield path


ADDED = ("host", "x-forwarded-for", "x-amzn-trace-id")
EVENT = [
    *[
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "isBase64Encoded",
        "body",
        "cookies",
        "queryStringParameters",
    ],
    *[f"headers.{name}" for name in ADDED],
    *[
        f"requestContext.{name}"
        for name in ("accountId", "apiId", "domainName", "domainPrefix", "requestId", "routeKey")
    ],
    *[f"requestContext.{name}" for name in ("stage", "time", "timeEpoch")],
    *[f"requestContext.http.{name}" for name in ("method", "path", "protocol", "sourceIp", "userAgent")],
    *[f"requestContext.authorizer.iam.{name}" for name in ("accessKey", "accountId", "callerId", "cognitoIdentity")],
    *[f"requestContext.authorizer.iam.{name}" for name in ("principalOrgId", "userArn", "userId")],
]


def test_knows_each_field_of_the_event(target: StandIn) -> None:
    target.records.clear()
    list(run([case for case in CASES.values() if case.api == "function-url"], target))
    seen = {path for record in target.records if record.event for path in fields(record.event)}
    assert seen - {"headers"} == {path for path in EVENT if not path.startswith("headers.")}


@pytest.mark.parametrize("wrong", ["absent", "another"])
@pytest.mark.parametrize("path", EVENT)
def test_finds_an_event_with_another_field(target: StandIn, deviate: Deviate, path: str, wrong: str) -> None:
    right = event.event_from

    def changed(*args: Any, **kwargs: Any) -> Any:
        made = right(*args, **kwargs)
        *parents, name = path.split(".") if not path.startswith("headers.") else ["headers", path[8:]]
        inner = made
        for parent in parents:
            inner = inner[parent]
        if name in inner and wrong == "absent":
            del inner[name]
        elif name in inner:
            inner[name] = "?"
        return made

    deviate(right, changed)
    found_by(target, lambda case: any(asked == path for asked in case.expect.event))


@pytest.mark.parametrize("name", sorted(event.NOT_IN_EVENT))
def test_finds_a_header_that_the_function_shouldnt_see(target: StandIn, deviate: Deviate, name: str) -> None:
    deviate(event.NOT_IN_EVENT, event.NOT_IN_EVENT - {name})
    found_by(target, lambda case: f"headers.{name}" in case.expect.no_event)


@pytest.mark.parametrize("kind", ["text/.*", "application/json", "application/xml", "application/javascript"])
def test_finds_a_type_that_has_become_base64(target: StandIn, deviate: Deviate, kind: str) -> None:
    deviate(event.is_text, re.compile(rf"(?!{kind})(text/.*|application/(json|xml|javascript))").fullmatch)
    found_by(target, lambda case: case.name.startswith("event-body"))


@pytest.mark.parametrize("suffix", ["json", "xml"])
def test_finds_a_type_that_has_become_text(target: StandIn, deviate: Deviate, suffix: str) -> None:
    deviate(event.is_text, re.compile(rf"text/.*|application/(json|xml|javascript|.*\+{suffix})").fullmatch)
    assert found_by(target, lambda case: case.name.startswith("event-body")) == f"event-body-{suffix}-suffix"


@pytest.mark.parametrize("name", sorted(response.REMAPPED))
def test_finds_a_reserved_header_that_is_sent(target: StandIn, deviate: Deviate, name: str) -> None:
    deviate(response.REMAPPED, response.REMAPPED - {name})
    found_by(target, lambda case: f"x-amzn-remapped-{name}" in case.expect.headers)


@pytest.mark.parametrize("name", sorted(event.HOP_BY_HOP - {"connection", "transfer-encoding"}))
def test_finds_a_hop_by_hop_header_that_is_sent(target: StandIn, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("local_aws.function.response.HOP_BY_HOP", event.HOP_BY_HOP - {name})
    found_by(target, lambda case: name in case.expect.no_headers)


RULES: tuple[Callable[..., Any], ...] = (
    response.status_from,
    response.headers_from,
    response.body_from,
    response.header_value,
    streaming.single_values,
    streaming.prelude_bytes,
    runtime.check_size,
    checks.check_date,
    checks.check_scope,
    checks.check_signature,
    checks.check_session_token,
    suspicions.facts,
    invoke_api.event_of,
    invoke_api.error_payload,
)
NOTHING: dict[str, Any] = {
    "status_from": 200,
    "headers_from": [],
    "body_from": b"",
    "header_value": b"?",
    "single_values": {"statusCode": 200},
    "prelude_bytes": b"",
    "facts": (),
    "event_of": {},
    "error_payload": {},
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_finds_a_rule_that_is_left_out(target: StandIn, deviate: Deviate, rule: Callable[..., Any]) -> None:
    deviate(rule, lambda *args, **kwargs: NOTHING.get(rule.__name__))
    found_by(target, lambda case: case.name != "stream-of-201-mb")


def test_finds_an_arn_that_isnt_completed(target: StandIn, deviate: Deviate) -> None:
    deviate(policy.completed, lambda arn: arn)
    assert found_by(target, lambda case: case.api == "function-url") == "arn-of-five-fields"


def test_finds_a_date_that_must_be_aws_own(target: StandIn, deviate: Deviate) -> None:
    right = claim.date_of
    deviate(right, lambda text: right(text if claim.is_iso_8601(text) else "malformed"))
    assert (
        found_by(target, lambda case: case.api == "function-url" and case.name != "date-malformed")
        == "date-header-alone"
    )


ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")


@pytest.mark.parametrize("left_out", ACTIONS)
def test_finds_a_url_that_asks_for_one_action(target: StandIn, deviate: Deviate, left_out: str) -> None:
    right = decision.function_url_decisions
    deviate(right, lambda *args: [made for made in right(*args) if made.action != left_out])
    found_by(target, lambda case: case.expect.reason == "action_not_allowed")


@pytest.mark.parametrize("key", ["lambda:FunctionUrlAuthType", "lambda:FunctionArn", "lambda:InvokedViaFunctionUrl"])
def test_finds_a_condition_key_that_is_missing(target: StandIn, deviate: Deviate, key: str) -> None:
    right = decision.decide

    def without(statements: Any, action: str, resource: str, context: Any) -> Any:
        return right(statements, action, resource, {name: value for name, value in context.items() if name != key})

    deviate(right, without)
    found_by(target, lambda case: case.expect.status == 200)


def test_finds_an_invoke_that_looks_like_one_of_the_url(target: StandIn, deviate: Deviate) -> None:
    right = decision.decide

    def with_key(statements: Any, action: str, resource: str, context: Any) -> Any:
        return right(statements, action, resource, {"lambda:InvokedViaFunctionUrl": "true", **context})

    deviate(right, with_key)
    assert found_by(target, lambda case: case.api == "invoke") == "invoke-with-the-urls-policy"


def test_finds_a_deny_that_doesnt_win(target: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision.Decision, "explicit_deny", False)
    found_by(target, lambda case: case.expect.reason == "explicit_deny")


@pytest.mark.parametrize("minutes", [3, 10])
def test_finds_another_window(target: StandIn, deviate: Deviate, minutes: int) -> None:
    deviate(checks.WINDOW, timedelta(minutes=minutes))
    found_by(target, lambda case: case.sign.seconds != 0)


LIMITS = [
    (refusals.MAX_EVENT_BYTES, 0.5, "request-of-4-mib"),
    (refusals.MAX_EVENT_BYTES, 2, "request-of-7-mb"),
    (runtime.MAX_RESPONSE_BYTES, 0.5, "response-of-6-mb"),
    (runtime.MAX_RESPONSE_BYTES, 2, "response-of-7-mb"),
    (streaming.MAX_STREAM_BYTES, 2, "stream-of-201-mb"),
    (claim.MAX_EXPIRES_SECONDS, 0.5, "presigned-for-seven-days"),
    (claim.MAX_EXPIRES_SECONDS, 2, "presigned-for-eight-days"),
]


@pytest.mark.parametrize(("limit", "factor", "name"), LIMITS, ids=lambda value: str(value))
def test_finds_another_limit(target: StandIn, deviate: Deviate, limit: int, factor: float, name: str) -> None:
    deviate(limit, int(limit * factor))
    assert found_by(target, lambda case: case.name == name)
