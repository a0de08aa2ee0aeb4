"""infra/template.yaml and infra/main.tf grant what policies/ says, and hold no key."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from infra.function import LOG_RETENTION_DAYS
from infra.role import wanted_trust
from infra.settings import INVOKE_MODES, Settings
from tests.infra.fake_aws import ACCOUNT, NAME, POLICY, REGION

INFRA = Path(__file__).parent.parent.parent / "infra"
FUNCTION_ARN = POLICY["Statement"][0]["Resource"]


class Template(yaml.SafeLoader):  # type: ignore[misc] # yaml comes without types
    """YAML with CloudFormation's short forms, each as its text: `!GetAtt Function.Arn`."""


Template.add_multi_constructor("!", lambda loader, suffix, node: f"!{suffix} {node.value}")


def template() -> Any:
    return yaml.load((INFRA / "template.yaml").read_text("utf-8"), Template)  # noqa: S506 - a SafeLoader


def resource(kind: str) -> list[Any]:
    return [r["Properties"] for r in template()["Resources"].values() if r["Type"] == kind]


def test_the_template_grants_what_the_policy_file_says() -> None:
    [policy] = resource("AWS::IAM::ManagedPolicy")
    text = json.dumps(policy["PolicyDocument"]).replace("!GetAtt Function.Arn", FUNCTION_ARN)
    assert json.loads(text) == POLICY


def test_the_template_trusts_whom_the_step_trusts() -> None:
    [role, _] = resource("AWS::IAM::Role")
    assert role["AssumeRolePolicyDocument"] == json.loads((INFRA / "trust-policy.json").read_text("utf-8"))


def test_the_callers_role_trusts_whom_aws_role_trusts() -> None:
    [_, role] = resource("AWS::IAM::Role")
    text = role["AssumeRolePolicyDocument"].removeprefix("!Sub ")
    for given, value in (("AWS::AccountId", ACCOUNT), ("Issuer", "id.example/one"), ("Subject", "me")):
        text = text.replace(f"${{{given}}}", value)
    assert json.loads(text) == wanted_trust("https://id.example/one", "me", Settings(NAME, REGION, ACCOUNT))
    [provider] = resource("AWS::IAM::OIDCProvider")
    assert (provider["Url"], provider["ClientIdList"]) == ("!Sub https://${Issuer}", ["sts.amazonaws.com"])


def test_the_url_is_for_signed_requests_alone() -> None:
    [url] = resource("AWS::Lambda::Url")
    assert url["AuthType"] == "AWS_IAM"
    assert not resource("AWS::Lambda::Permission")


def test_the_url_and_the_adapter_have_one_invoke_mode() -> None:
    [url] = resource("AWS::Lambda::Url")
    assert url["InvokeMode"] == "!Ref InvokeMode"
    assert template()["Parameters"]["InvokeMode"]["AllowedValues"] == list(INVOKE_MODES)
    text, main = (" ".join((INFRA / name).read_text("utf-8").split()) for name in ("template.yaml", "main.tf"))
    variable = "!If [Streams, { Variables: { AWS_LWA_INVOKE_MODE: response_stream } }, !Ref AWS::NoValue]"
    assert f"Environment: {variable}" in text
    assert "Streams: !Equals [!Ref InvokeMode, RESPONSE_STREAM]" in text
    assert "invoke_mode = var.invoke_mode" in main
    assert 'for_each = var.invoke_mode == "RESPONSE_STREAM" ? ["response_stream"] : []' in main
    assert "variables = { AWS_LWA_INVOKE_MODE = environment.value }" in main


def test_no_key_stands_in_the_stack_or_in_the_state() -> None:
    assert not resource("AWS::IAM::AccessKey")
    assert "aws_iam_access_key" not in (INFRA / "main.tf").read_text("utf-8")


def test_the_log_is_kept_as_long_whichever_way_it_was_made() -> None:
    assert template()["Parameters"]["LogRetentionDays"]["Default"] == LOG_RETENTION_DAYS
    [days] = re.findall(r'"log_retention_days" \{[^}]*default = (\d+)', (INFRA / "main.tf").read_text("utf-8"))
    assert int(days) == LOG_RETENTION_DAYS


def test_terraform_reads_the_policy_file_itself() -> None:
    main = (INFRA / "main.tf").read_text("utf-8")
    assert "policies/call-function-url.json" in main
    tokens = set(
        re.findall(r"REGION|ACCOUNT_ID|FUNCTION_NAME", (INFRA.parent / "policies/call-function-url.json").read_text())
    )
    assert all(f'"{token}"' in main for token in tokens)
    assert "policies/trust-web-identity.json" in main
    assert all(f'"{token}"' in main for token in ("ACCOUNT_ID", "ISSUER", "SUBJECT"))
