"""Policy files: rendered for their function, and refused by name where the stand-in doesn't know a part of them."""

import json
from typing import Any

import pytest

from local_aws.errors import ConfigurationError
from local_aws.iam.policy import read_policy
from policies.function import Function
from policies.render import POLICIES, render_policy

ARN = "arn:aws:lambda:ap-northeast-1:123456789012:function:fastapi-sample"
STATEMENT = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def read(elements: dict[str, Any]) -> None:
    """Reads a policy of one statement, with these elements in place of its own; None takes one out."""
    statement = {name: value for name, value in (STATEMENT | elements).items() if value is not None}
    read_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), "p.json")


@pytest.mark.parametrize("file", ["call-function-url.json", "invoke-api.json", "article-2024.json"])
def test_renders_every_token_of_the_deployed_policies(file: str) -> None:
    rendered = render_policy((POLICIES / file).read_text("utf-8"), Function())
    assert {s["Resource"] for s in json.loads(rendered)["Statement"]} == {ARN}


def test_renders_whole_words_only() -> None:
    function = Function(name="f", account_id="1", region="r")
    assert render_policy("REGION:ACCOUNT_ID:FUNCTION_NAME MY_REGION REGIONS", function) == "r:1:f MY_REGION REGIONS"


def test_a_single_statement_needs_no_list() -> None:
    text = json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": STATEMENT | {"Sid": "One"}})
    assert [statement.sid for statement in read_policy(text, "p.json")] == ["One"]


@pytest.mark.parametrize(
    ("elements", "named"),
    [
        ({"Principal": "*"}, "element 'Principal'"),
        ({"action": "*"}, "element 'action'"),
        ({"Effect": "Permit"}, "Effect 'Permit'"),
        ({"Effect": None}, "Effect None"),
        ({"Action": None}, "Action and NotAction"),
        ({"NotAction": "*"}, "Action and NotAction"),
        ({"Resource": None}, "Resource and NotResource"),
        ({"NotResource": "*"}, "Resource and NotResource"),
        ({"Action": []}, "empty list"),
        ({"Action": 5}, "value 5"),
        ({"Action": "InvokeFunctionUrl"}, "'InvokeFunctionUrl'"),
        ({"Action": ["*", ["x"]]}, r"value \['x'\]"),
        ({"Action": "*:InvokeFunctionUrl"}, r"'\*:InvokeFunctionUrl'"),
        ({"Action": "lamb?a:InvokeFunctionUrl"}, "'lamb.a:InvokeFunctionUrl'"),
        ({"Action": "lambda:Invoke:Url"}, "'lambda:Invoke:Url'"),
        ({"NotAction": "lam*:Invoke", "Action": None}, r"'lam\*:Invoke'"),
        ({"Resource": "arn:aws:*:ap-northeast-1:123456789012:function:a"}, r"'arn:aws:\*:"),
        ({"Resource": "arn:aws:lamb?a:*:*:function:a"}, "'arn:aws:lamb.a:"),
        ({"Sid": "call the url"}, "Sid 'call the url'"),
        ({"Sid": "call-url"}, "Sid 'call-url'"),
        ({"Sid": 5}, "Sid 5"),
        ({"Resource": "fastapi-sample"}, "'fastapi-sample'"),
        ({"Resource": "arn:aws:lambda:*:*:function:${aws:username}"}, "policy variable"),
        ({"Condition": {"StringEqualsIfExists": {}}}, "condition operator 'StringEqualsIfExists'"),
        ({"Condition": {"StringNotEquals": {}}}, "condition operator 'StringNotEquals'"),
        ({"Condition": {"ForAnyValue:StringLike": {}}}, "condition operator 'ForAnyValue:StringLike'"),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}, "condition operator 'IpAddress'"),
        ({"Condition": {"Null": {}}}, "condition operator 'Null'"),
        (
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            "condition key 'aws:SecureTransport', .*: remove it",
        ),
        (
            {"Condition": {"Bool": {"lambda:InvokeViaFunctionUrl": "true"}}},
            r"did you mean lambda:InvokedViaFunctionUrl\?",
        ),
        ({"Condition": {"StringEqual": {}}}, r"did you mean StringEquals\?"),
        ({"Condition": {"Bool": "true"}}, "'true' where an object"),
        ({"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": []}}}, "empty list"),
        ({"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": {"a": "b"}}}}, "value {'a': 'b'}"),
        ({"Condition": [1]}, r"\[1\] where an object"),
    ],
)
def test_refuses_what_it_does_not_know_by_its_name(elements: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match="^the policy p.json has .*" + named):
        read(elements)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ("", "is not JSON"),
        ("{'Version': 1}", "is not JSON"),
        ("[]", r"has \[\] where an object"),
        ('"text"', "has 'text' where an object"),
        ("{}", "has the Version None"),
        ('{"Version": "2008-10-17", "Statement": []}', "has the Version '2008-10-17'"),
        ('{"Version": "2012-10-17"}', "has no Statement"),
        ('{"Version": "2012-10-17", "Statement": []}', "has an empty list"),
        ('{"Version": "2012-10-17", "Statement": [5]}', "has 5 where an object"),
        (
            json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [{"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"}] * 2,
                }
            ),
            "has two statements with the Sid A",
        ),
        ('{"Version": "2012-10-17", "Statements": []}', "has the element 'Statements'"),
        ('{"Version": "2012-10-17", "Version": "2012-10-17"}', "has a name twice"),
        ('{"Version": "2012-10-17", "Statement": {"Action": "*", "Action": "*"}}', "has a name twice"),
    ],
)
def test_refuses_what_is_no_policy(document: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^the policy p.json {named}"):
        read_policy(document, "p.json")
