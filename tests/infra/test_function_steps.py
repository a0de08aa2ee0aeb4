"""The step aws-function, and what every step needs, on a fake AWS."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.infra.conftest import Run
from tests.infra.fake_aws import DIGEST, IMAGE, NO_RESOURCE, FakeAws, Refusal, Text, refusal

ROLE = "arn:aws:iam::123456789012:role/fastapi-sample-role"


def test_makes_the_role_and_the_function_where_there_is_none(aws: FakeAws, run: Run) -> None:
    aws.answers("iam get-role", refusal("NoSuchEntity"))
    aws.answers("iam create-role", ROLE)
    aws.answers("lambda get-function", NO_RESOURCE)
    aws.answers("lambda create-function", "arn")
    assert run("aws-function").code == 0
    assert aws.changes() == ["iam create-role", "iam attach-role-policy", "lambda create-function"]
    assert f"ImageUri={IMAGE}" in aws.call("lambda create-function")


def test_changes_nothing_where_the_function_has_the_image_already(aws: FakeAws, run: Run) -> None:
    assert "runs this image already" in run("aws-function").output
    assert aws.changes() == ["iam attach-role-policy"]


def test_gives_an_existing_function_the_image_that_was_pushed_last(aws: FakeAws, run: Run) -> None:
    aws.answers("ecr describe-images", "sha256:newer")
    aws.answers("lambda update-function-code", "InProgress")
    assert run("aws-function").code == 0
    assert aws.call("lambda update-function-code")[5].endswith("@sha256:newer")
    assert aws.commands[-1] == "lambda wait"


def test_waits_until_lambda_sees_the_new_role(aws: FakeAws, run: Run) -> None:
    aws.answers("lambda get-function", NO_RESOURCE)
    unseen = refusal("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
    aws.answers("lambda create-function", unseen, unseen, "arn")
    ran = run("aws-function")
    assert ran.code == 0
    assert "doesn't see the new role yet: trying again" in ran.output


def test_stops_waiting_for_a_role_that_lambda_never_sees(aws: FakeAws, run: Run) -> None:
    aws.answers("lambda get-function", NO_RESOURCE)
    unseen = refusal("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
    aws.answers("lambda create-function", unseen)
    ran = run("aws-function")
    assert ran.code == 1
    assert aws.commands.count("lambda create-function") == 4
    assert "run `make aws-function` again in a minute" in ran.output


@pytest.mark.parametrize(
    ("found", "changes"),
    [
        ([], ["logs create-log-group", "logs put-retention-policy"]),
        ([["/aws/lambda/fastapi-sample", None]], ["logs put-retention-policy"]),
        ([["/aws/lambda/fastapi-sample", 90]], []),
    ],
)
def test_the_log_is_not_kept_for_ever(aws: FakeAws, run: Run, found: Any, changes: Any) -> None:
    aws.answers("logs describe-log-groups", found)
    aws.answers("logs create-log-group", None)
    aws.answers("logs put-retention-policy", None)
    assert run("aws-function").code == 0
    assert [command for command in aws.changes() if command.startswith("logs")] == changes
    if changes:
        assert aws.call("logs put-retention-policy")[-1] == "30"


def test_takes_the_architecture_of_the_image(
    aws: FakeAws, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho linux/arm64\n")
    docker.chmod(0o755)
    monkeypatch.setattr("running.tools.DOCKER", str(docker))
    monkeypatch.setenv("ARCHITECTURE", "x86_64")
    aws.answers("lambda get-function", NO_RESOURCE)
    aws.answers("lambda create-function", "arn")
    run("aws-function")
    words = aws.call("lambda create-function")
    assert words[words.index("--architectures") + 1] == "arm64"


def test_says_that_it_takes_the_given_architecture_where_the_image_is_elsewhere(aws: FakeAws, run: Run) -> None:
    assert "the image isn't on this machine: using ARCHITECTURE=x86_64" in run("aws-function").output


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refusal("RepositoryNotFoundException"), "make ecr-create ecr-login build push"),
        (refusal("ImageNotFoundException"), "make ecr-create ecr-login build push"),
        (None, "has no image latest"),
    ],
)
def test_a_missing_image_stops_before_anything_is_made(aws: FakeAws, run: Run, answer: Any, said: str) -> None:
    aws.answers("ecr describe-images", answer)
    ran = run("aws-function")
    assert ran.code == 1
    assert said in ran.output
    assert aws.changes() == []


def test_no_aws_cli_is_one_sentence(aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS", "/nonexistent/aws")
    ran = run("aws-url")
    assert ran.code == 1
    assert "install the aws CLI, version 2 or 1" in ran.output


def test_no_credentials_is_one_sentence(aws: FakeAws, run: Run) -> None:
    aws.answers("sts get-caller-identity", Refusal("Unable to locate credentials. ..."))
    ran = run("aws-url")
    assert ran.code == 1
    assert "the log-in stopped" in ran.output
    assert "What to do: log in" in ran.output


def test_no_region_is_one_sentence(aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    aws.answers("configure get", None)
    ran = run("aws-url")
    assert ran.code == 1
    assert "name it at the end of the command, as in AWS_REGION=ap-northeast-1" in ran.output


def test_takes_the_region_of_the_profile(aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    aws.answers("configure get", Text("eu-west-1\n"))
    aws.answers("ecr describe-images", DIGEST)
    aws.answers("lambda get-function", NO_RESOURCE)
    aws.answers("lambda create-function", "arn")
    assert run("aws-function").code == 0
    assert ".dkr.ecr.eu-west-1.amazonaws.com/" in " ".join(aws.call("lambda create-function"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("ARCHITECTURE", "amd64"), ("MEMORY_MB", "0"), ("TIMEOUT_SECONDS", "long"), ("INVOKE_MODE", "response_stream")],
)
def test_a_malformed_variable_is_named(
    aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    monkeypatch.setenv(name, value)
    ran = run("aws-url")
    assert ran.code == 1
    assert f"{name} is '{value}'" in ran.output
    assert aws.calls == []


def test_an_unknown_step_is_refused_with_the_names_of_all(aws: FakeAws, run: Run) -> None:
    ran = run("aws-everything")
    assert ran.code == 2
    assert "aws-function, aws-url, aws-policy" in ran.output


def test_a_denied_permission_shows_what_aws_answered(aws: FakeAws, run: Run) -> None:
    denied = refusal("AccessDeniedException", "User: me is not authorized to perform: lambda:GetFunctionUrlConfig")
    aws.answers("lambda get-function-url-config", denied)
    ran = run("aws-url")
    assert ran.code == 1
    assert "not authorized to perform: lambda:GetFunctionUrlConfig" in ran.output
    assert "your own identity lacks the permission" in ran.output


def test_both_versions_of_the_cli_get_region_and_format_from_the_environment(
    aws: FakeAws, run: Run, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "aws"
    program.write_text(f"#!/bin/sh\nenv > {seen}\necho '\"123456789012\"'\n")
    run("aws-url")
    variables = dict(line.split("=", 1) for line in seen.read_text().splitlines() if "=" in line)
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == os.environ["AWS_REGION"]
    assert (variables["AWS_DEFAULT_OUTPUT"], variables["AWS_PAGER"]) == ("json", "")


def test_an_aws_cli_that_is_older_than_invoke_modes_is_told_so(
    aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOKE_MODE", "RESPONSE_STREAM")
    aws.answers("lambda get-function-url-config", ["AWS_IAM", None])
    aws.answers("lambda get-function-configuration", ["response_stream"])
    aws.answers("lambda update-function-url-config", Refusal("Unknown options: --invoke-mode, RESPONSE_STREAM\n"))
    ran = run("aws-url")
    assert ran.code == 1
    assert "What to do: this aws CLI is older than the option: install the newest one" in ran.output
