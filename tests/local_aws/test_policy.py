"""What IAM policies allow: each element, operator and wildcard that the stand-in knows."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.iam.decision import Decision, decide
from local_aws.iam.policy import UnmetCondition, read_policy
from local_aws.iam.wildcards import arn_like, like, resource_like
from policies.function import Function
from policies.render import POLICIES, render_policy

ARN = "arn:aws:lambda:ap-northeast-1:123456789012:function:fastapi-sample"
URL, INVOKE = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"
URL_CONTEXT = {"lambda:FunctionUrlAuthType": "AWS_IAM", "lambda:FunctionArn": ARN}
VIA_URL = {"lambda:InvokedViaFunctionUrl": "true"}


def statement(**elements: Any) -> dict[str, Any]:
    """A statement that allows everything, but for what is given; None takes an element out."""
    given = {"Effect": "Allow", "Action": "*", "Resource": "*"} | elements
    return {name: value for name, value in given.items() if value is not None}


def decided(*statements: Any, action: str = URL, context: dict[str, str] = URL_CONTEXT) -> Decision:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return decide(read_policy(text, "p.json"), action, ARN, context)


@pytest.mark.parametrize(
    ("file", "url", "via_url", "directly"),
    [
        ("call-function-url.json", True, True, False),
        ("invoke-api.json", False, True, True),
        ("article-2024.json", True, False, False),
    ],
)
def test_the_deployed_policies_allow_what_they_are_for(file: str, url: bool, via_url: bool, directly: bool) -> None:
    statements = read_policy(render_policy((POLICIES / file).read_text("utf-8"), Function()), file)
    assert decide(statements, URL, ARN, URL_CONTEXT).allowed == url
    assert decide(statements, INVOKE, ARN, VIA_URL).allowed == via_url
    assert decide(statements, INVOKE, ARN, {}).allowed == directly


def test_allows_nothing_by_default() -> None:
    decision = decide((), URL, ARN, URL_CONTEXT)
    assert not decision.allowed
    assert not decision.explicit_deny


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    deny = statement(Sid="Never", Effect="Deny")
    for statements in ([statement(), deny], [deny, statement()]):
        decision = decided(*statements)
        assert decision.explicit_deny
        assert not decision.allowed
        assert decision.finding().details["statement"] == "Never"


def test_a_deny_that_does_not_apply_changes_nothing() -> None:
    elsewhere = statement(Effect="Deny", Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}})
    assert decided(statement(), elsewhere, statement(Effect="Deny", Action="s3:*")).allowed


@pytest.mark.parametrize(
    ("elements", "allowed"),
    [
        ({"Action": URL}, True),
        ({"Action": "LAMBDA:invokefunctionurl"}, True),
        ({"Action": "lambda:*"}, True),
        ({"Action": "lambda:Invoke*"}, True),
        ({"Action": "lambda:InvokeFunctionU?l"}, True),
        ({"Action": ["s3:GetObject", URL]}, True),
        ({"Action": INVOKE}, False),
        ({"Action": "lambda:Invoke"}, False),
        ({"Action": "lambda:InvokeFunctionUr?l"}, False),
        ({"Action": "lambda:InvokeFunction.rl"}, False),
        ({"Action": None, "NotAction": INVOKE}, True),
        ({"Action": None, "NotAction": URL}, False),
        ({"Action": None, "NotAction": ["s3:*", "lambda:*"]}, False),
        ({"Resource": ARN}, True),
        ({"Resource": ARN.replace("fastapi", "FastAPI")}, False),
        ({"Resource": "arn:aws:lambda:*"}, True),
        ({"Resource": "arn:aws:lambda:*:123456789012:function:fastapi-*"}, True),
        ({"Resource": "arn:aws:lambda:us-east-1:*"}, False),
        ({"Resource": "arn:aws:lambda"}, True),
        ({"Resource": "arn:aws:s3"}, False),
        ({"Resource": "arn:aws:lambda:ap-northeast-1"}, True),
        ({"Resource": "arn:aws:lambda:*:function:fastapi-sample"}, True),
        ({"Resource": "arn:aws:lambda:ap*st-1:123456789012:function:fastapi-sample"}, True),
        ({"Resource": "arn:aws:lambda:ap*56789012:function:fastapi-sample"}, False),
        ({"Resource": "arn:aws:lambda:ap-northeast-1:123456789012:f*sample"}, False),
        ({"Action": "lambda:Invo\N{KELVIN SIGN}eFunctionUrl"}, False),
        ({"Resource": ARN + ":prod"}, False),
        ({"Resource": ["arn:aws:s3:::bucket", ARN]}, True),
        ({"Resource": None, "NotResource": ARN}, False),
        ({"Resource": None, "NotResource": "arn:aws:s3:::*"}, True),
    ],
)
def test_actions_and_resources(elements: dict[str, Any], allowed: bool) -> None:
    assert decided(statement(**elements)).allowed == allowed


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}, True),
        ({"StringEquals": {"lambda:FunctionUrlAuthType": ["NONE", "AWS_IAM"]}}, True),
        ({"StringEquals": {"lambda:FunctionUrlAuthType": "aws_iam"}}, False),
        ({"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_*"}}, False),
        ({"StringEquals": {"lambda:InvokedViaFunctionUrl": "true"}}, False),
        ({"StringLike": {"lambda:FunctionUrlAuthType": "AWS_*"}}, True),
        ({"StringLike": {"lambda:FunctionUrlAuthType": "aws_*"}}, False),
        ({"ArnLike": {"lambda:FunctionArn": ARN}}, True),
        ({"ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:*:*:function:fastapi-*"}}, True),
        ({"ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:*:function:fastapi-sample"}}, False),
        ({"ArnLike": {"lambda:FunctionArn": "*"}}, False),
        ({"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}, False),
        ({"StringLike": {"lambda:FunctionUrlAuthType": "A*", "lambda:FunctionArn": "arn:*"}}, True),
        ({"StringLike": {"lambda:FunctionUrlAuthType": "A*", "lambda:FunctionArn": "x"}}, False),
        (
            {
                "StringLike": {"lambda:FunctionUrlAuthType": "A*"},
                "ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:us-east-1:*:*"},
            },
            False,
        ),
        ({}, True),
    ],
)
def test_conditions_must_all_hold_each_by_one_of_its_values(condition: dict[str, Any], holds: bool) -> None:
    assert decided(statement(Condition=condition)).allowed == holds


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [("true", True), ("True", True), (True, True), ("false", False), (False, False), ("1", False)],
    ids=repr,
)
def test_bool_takes_json_booleans_and_their_names(wanted: object, holds: bool) -> None:
    condition = {"Bool": {"lambda:InvokedViaFunctionUrl": wanted}}
    assert decided(statement(Condition=condition), action=INVOKE, context=VIA_URL).allowed == holds


def test_one_statement_with_both_actions_and_both_conditions_never_applies() -> None:
    both = statement(
        Action=[URL, INVOKE],
        Condition={
            "StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"},
            "Bool": {"lambda:InvokedViaFunctionUrl": "true"},
        },
    )
    assert not decided(both, action=URL, context=URL_CONTEXT).allowed
    assert not decided(both, action=INVOKE, context=VIA_URL).allowed


def test_names_the_condition_that_keeps_a_statement_from_allowing() -> None:
    via_url = statement(Sid="Via", Condition={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}})
    decision = decided(statement(Effect="Deny", Action="s3:*"), via_url, action=INVOKE, context={})
    assert not decision.allowed
    assert decision.unmet is not None
    assert decision.unmet.statement.source == via_url
    condition = decision.unmet.unmet
    assert condition == UnmetCondition("Bool", "lambda:InvokedViaFunctionUrl", ("true",), None)
    assert "condition on lambda:InvokedViaFunctionUrl isn't met (wanted true, given absent in this call)" in (
        decision.finding().because()
    )


@pytest.mark.parametrize(("action", "context"), [(URL, URL_CONTEXT), (INVOKE, VIA_URL), (INVOKE, {})])
def test_the_statement_to_add_allows_the_action(action: str, context: dict[str, str]) -> None:
    to_add = decided(statement(Action="s3:*"), action=action, context=context).statement_to_add()
    assert decided(to_add, action=action, context=context).allowed


def test_names_a_statement_without_sid_by_its_number() -> None:
    assert "the statement 'number 2' denies it" in decided(statement(), statement(Effect="Deny")).finding().because()


@pytest.mark.parametrize(
    ("text", "pattern", "matches"),
    [
        ("", "*", True),
        ("a\nb", "a*b", True),
        ("ab", "a?", True),
        ("a", "a?", False),
        ("a.c", "a.c", True),
        ("abc", "a.c", False),
        ("a*c", "a*c", True),
        ("xa", "a", False),
        ("ax", "a", False),
        (r"a\b", r"a\*", True),
        ("[a]", "[a]", True),
    ],
)
def test_wildcards(text: str, pattern: str, matches: bool) -> None:
    assert like(text, pattern) == matches


@pytest.mark.parametrize(
    ("text", "pattern", "matches"),
    [
        ("a:b:c", "a*", True),
        ("a:b:c", "a:*:c", True),
        ("a:b:b:c", "a:*:c", True),
        ("a:b:c", "a*c", False),
        ("abc", "a*c", True),
        ("a:b:c", "*c", False),
        ("a:xb:c", "a:x*:c", True),
        ("a:xb:b:c", "a:x*:c", True),
        ("a:x:x2", "a*:x*2", True),
        ("a:b", "a?b", True),
    ],
)
def test_a_star_of_a_resource_reaches_across_a_colon_only_at_the_end_of_a_part(
    text: str, pattern: str, matches: bool
) -> None:
    assert resource_like(text, pattern) == matches


@pytest.mark.parametrize("matching", [like, resource_like])
def test_no_pattern_takes_long(matching: Callable[[str, str], bool]) -> None:
    """A backtracking matcher would try more ways than there are atoms."""
    assert not matching("a" * 300, "a*" * 100 + "b")


def test_a_wildcard_of_arn_like_stays_within_its_part() -> None:
    assert arn_like(ARN, "arn:aws:lambda:*:*:function:*")
    assert not arn_like(ARN, "arn:aws:lambda:*")
    assert not arn_like(ARN, "arn:aws:*:123456789012:function:fastapi-sample")
