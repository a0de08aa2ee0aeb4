"""template.yaml: everything has the stack's name, nothing is open, and the code is that of conformance/function."""

import json
from typing import Any

import yaml

from conformance.account.plan import MEMORY_GB, TIMEOUT_SECONDS
from conformance.account.stack import CODE, template
from conformance.function.index import handler
from conformance.stand_in import NAMES
from policies.function import Function
from policies.render import POLICIES, render_policy
from tests.conformance.account.conftest import CASES
from tests.infra.test_template import Template

OWN = "!Sub ${AWS::StackName}-"


def resources(kind: str) -> dict[str, Any]:
    found = yaml.load(template(), Template)["Resources"]  # noqa: S506 - a SafeLoader
    return {name: resource["Properties"] for name, resource in found.items() if resource["Type"] == kind}


def test_the_code_is_inline() -> None:
    code = {name: found["Code"]["ZipFile"] for name, found in resources("AWS::Lambda::Function").items()}
    python, node = (CODE / "index.py").read_text(), (CODE / "index.js").read_text()
    assert code == {"Echo": python, "Throttled": python, "Streaming": node}
    assert f"def {handler.__name__}(" in python
    assert "exports.handler =" in node  # inline code is a CommonJS module


def test_every_name_begins_with_the_stacks() -> None:
    kinds = {"Lambda::Function": "FunctionName", "IAM::Role": "RoleName", "IAM::User": "UserName"}
    for kind, name in kinds.items():
        assert all(found[name].startswith(OWN) for found in resources(f"AWS::{kind}").values()), kind
    functions = {found["FunctionName"] for found in resources("AWS::Lambda::Function").values()}
    assert functions == {OWN + name for name in NAMES}
    logs = {found["LogGroupName"]: found["RetentionInDays"] for found in resources("AWS::Logs::LogGroup").values()}
    assert logs == {f"!Sub /aws/lambda/${{AWS::StackName}}-{name}": 1 for name in NAMES}


def test_the_urls_take_signed_requests_alone_and_one_streams() -> None:
    urls = resources("AWS::Lambda::Url")
    assert {url["AuthType"] for url in urls.values()} == {"AWS_IAM"}
    assert {name for name, url in urls.items() if url.get("InvokeMode") == "RESPONSE_STREAM"} == {"StreamingUrl"}
    assert not resources("AWS::Lambda::Permission")


def test_one_function_is_throttled() -> None:
    found = resources("AWS::Lambda::Function")
    assert {name: r.get("ReservedConcurrentExecutions") for name, r in found.items()} == {
        "Echo": None,
        "Throttled": 0,
        "Streaming": None,
    }


def test_the_plan_counts_with_the_largest_function() -> None:
    found = resources("AWS::Lambda::Function").values()
    assert max(function["MemorySize"] for function in found) == MEMORY_GB * 1024
    assert {function["Timeout"] for function in found} == {TIMEOUT_SECONDS}


def test_the_role_calls_these_functions_alone_and_one_principal_takes_it_on() -> None:
    role = resources("AWS::IAM::Role")["CallerRole"]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": "!Ref Principal"}
    [policy] = role["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
    assert statement["Resource"].endswith(":function:${AWS::StackName}-*")


def test_the_function_may_write_its_log_and_nothing_else() -> None:
    [policy] = resources("AWS::IAM::Role")["FunctionRole"]["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == ["!GetAtt EchoLog.Arn", "!GetAtt ThrottledLog.Arn", "!GetAtt StreamingLog.Arn"]


def test_the_users_policy_is_that_of_its_cases() -> None:
    assert {case.policy for case in CASES.values() if case.caller == "user"} == {"call-function-url"}
    [policy] = resources("AWS::IAM::User")["CallerUser"]["Policies"]
    wanted = json.loads(render_policy((POLICIES / "call-function-url.json").read_text("utf-8"), Function()))
    text = json.dumps(policy["PolicyDocument"]).replace("!GetAtt Echo.Arn", Function().arn)
    assert json.loads(text) == wanted


def test_no_key_stands_in_the_stack() -> None:
    assert not resources("AWS::IAM::AccessKey")
