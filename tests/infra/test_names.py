"""The names of everything at AWS: one that AWS would refuse stops a step before its first command."""

from typing import Any

import pytest

from infra.names import check_names
from infra.settings import Settings
from tests.infra.conftest import Run
from tests.infra.fake_aws import FakeAws


@pytest.mark.parametrize(
    ("variable", "value", "thing"),
    [
        ("FUNCTION_NAME", "my function", "function"),
        ("FUNCTION_NAME", "a" * 60, "role"),
        ("FUNCTION_NAME", "a" * 53, "user"),
        ("FUNCTION_NAME", "a" * 65, "function"),
        ("FUNCTION_NAME", "fonction-é", "function"),
        ("CALLER_NAME", "a b", "user"),
        ("CALLER_NAME", "a" * 65, "user"),
        ("ECR_REPOSITORY", "Sample", "repository"),
        ("ECR_REPOSITORY", "a", "repository"),
        ("ECR_REPOSITORY", "sample/", "repository"),
    ],
)
@pytest.mark.parametrize("step", ["aws-up", "deploy", "ecr-create", "aws-destroy"])
def test_a_name_that_aws_refuses_is_refused_before_the_first_command(
    aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch, step: str, variable: str, value: Any, thing: str
) -> None:
    monkeypatch.setenv(variable, value)
    if variable != "CALLER_NAME" and thing != "user":
        monkeypatch.setenv("CALLER_NAME", "caller")
    ran = run(step)
    assert ran.code == 1
    assert f"the {thing} would be named '" in ran.output
    assert aws.calls == []


@pytest.mark.parametrize("name", ["my_function", "1st"])
def test_a_name_that_only_a_stack_may_not_have_is_refused_for_a_stack(
    aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("FUNCTION_NAME", name)
    for step in ("deploy", "destroy"):
        assert f"the stack would be named '{name}': AWS accepts up to 128 letters, digits and -" in run(step).output
    assert aws.calls == []
    assert run("aws-function").code == 0


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FUNCTION_NAME", "a" * 52),
        ("FUNCTION_NAME", "a_B-1"),
        ("CALLER_NAME", "a+=,.@_-"),
        ("ECR_REPOSITORY", "a.b/c_d-e"),
    ],
)
def test_a_name_that_aws_accepts_is_accepted(variable: str, value: Any) -> None:
    check_names(Settings.from_variables({variable: value}, "ap-northeast-1"), stack=False)
