"""The step aws-check, on a fake AWS: what is missing is in the table, with the command that makes it."""

from pathlib import Path
from typing import Any

import pytest

from tests.infra.conftest import Run
from tests.infra.fake_aws import DIGEST, IMAGE, NO_ENTITY, NO_RESOURCE, POLICY_ARN, URL, FakeAws, refusal


@pytest.fixture
def world(aws: FakeAws, dev_vars: Path) -> FakeAws:
    """All is there and right."""
    dev_vars.write_text("AWS_ACCESS_KEY_ID=AKIAOLD\nAWS_SECRET_ACCESS_KEY=old\n")
    aws.answers("lambda get-function", ["Active", "x86_64", IMAGE, None])
    aws.answers("lambda get-function-url-config", [URL, "AWS_IAM", "BUFFERED"])
    aws.answers("iam list-attached-user-policies", [POLICY_ARN])
    aws.answers("iam list-access-keys", [["AKIAOLD", "Active"]])
    aws.answers("iam simulate-principal-policy", "allowed")
    return aws


def test_all_is_well(world: FakeAws, run: Run) -> None:
    ran = run("aws-check")
    assert ran.code == 0
    assert "<-" not in ran.output
    assert world.changes() == []


@pytest.mark.parametrize("variable", ["response_stream", "RESPONSE_STREAM"])
def test_a_url_and_an_adapter_that_both_stream_are_as_they_should_be(world: FakeAws, run: Run, variable: str) -> None:
    world.answers("lambda get-function", ["Active", "x86_64", IMAGE, variable])
    world.answers("lambda get-function-url-config", [URL, "AWS_IAM", "RESPONSE_STREAM"])
    ran = run("aws-check")
    assert ran.code == 0
    assert f"{URL} AWS_IAM RESPONSE_STREAM\n" in ran.output


def test_asks_the_simulator_with_the_context_of_each_action(world: FakeAws, run: Run) -> None:
    run("aws-check")
    asked = [words for words in world.calls if words[1] == "simulate-principal-policy"]
    assert [(words[5], words[9]) for words in asked] == [
        (
            "lambda:InvokeFunctionUrl",
            "ContextKeyName=lambda:FunctionUrlAuthType,ContextKeyType=string,ContextKeyValues=AWS_IAM",
        ),
        (
            "lambda:InvokeFunction",
            "ContextKeyName=lambda:InvokedViaFunctionUrl,ContextKeyType=boolean,ContextKeyValues=true",
        ),
    ]


@pytest.mark.parametrize(
    ("command", "answer", "row"),
    [
        ("ecr describe-images", refusal("RepositoryNotFoundException"), "image none <- make ecr-create build push"),
        ("iam get-role", NO_ENTITY, "role none <- make aws-function"),
        ("lambda get-function", NO_RESOURCE, "function none <- make aws-function"),
        ("lambda get-function", ["Pending", "arm64", IMAGE, None], "Pending, arm64 <- wait, then look again"),
        ("ecr describe-images", "sha256:new", "not the image that was pushed last <- make aws-function (or deploy)"),
        ("lambda get-function-url-config", NO_RESOURCE, "Function URL none <- make aws-url"),
        ("lambda get-function-url-config", [URL, "NONE", None], f"{URL} NONE BUFFERED <- make aws-url"),
        (
            "lambda get-function-url-config",
            [URL, "AWS_IAM", "RESPONSE_STREAM"],
            "RESPONSE_STREAM, but the function's AWS_LWA_INVOKE_MODE is not set "
            "<- make aws-url (or deploy) INVOKE_MODE=RESPONSE_STREAM",
        ),
        (
            "lambda get-function",
            ["Active", "x86_64", IMAGE, "response_stream"],
            "BUFFERED, but the function's AWS_LWA_INVOKE_MODE is response_stream "
            "<- make aws-url (or deploy) INVOKE_MODE=BUFFERED",
        ),
        ("iam get-policy", NO_ENTITY, "policy none <- make aws-policy"),
        ("iam get-policy-version", {}, "differs from call-function-url.json <- make aws-policy"),
        ("iam get-user", NO_ENTITY, "user none <- make aws-user"),
        ("iam list-access-keys", [], "none; none of them in .dev.vars <- make aws-key"),
        ("iam list-access-keys", [["AKIAOLD", "Inactive"]], "AKIAOLD Inactive <- switch AKIAOLD on"),
    ],
)
def test_what_is_missing_has_its_remedy_in_the_table(
    world: FakeAws, run: Run, command: str, answer: Any, row: str
) -> None:
    world.answers(command, answer)
    ran = run("aws-check")
    assert ran.code == 1
    assert row in " ".join(ran.output.split())


def test_an_empty_account_is_a_table_of_what_to_make(world: FakeAws, run: Run) -> None:
    world.answers("ecr describe-images", refusal("RepositoryNotFoundException"))
    for command in ("iam get-role", "iam get-policy", "iam get-user"):
        world.answers(command, NO_ENTITY)
    for command in ("lambda get-function", "lambda get-function-url-config"):
        world.answers(command, NO_RESOURCE)
    assert "6 of 7 are not as they should be" in run("aws-check").output


def test_the_second_action_is_missing_as_in_2024(world: FakeAws, run: Run) -> None:
    world.answers("iam simulate-principal-policy", "allowed", "implicitDeny")
    text = " ".join(run("aws-check").output.split())
    assert "may lambda:InvokeFunctionUrl allowed" in text
    assert "may lambda:InvokeFunction implicitDeny <- make aws-policy" in text


def test_without_the_policy_the_user_step_is_named_too(world: FakeAws, run: Run) -> None:
    world.answers("iam list-attached-user-policies", [])
    world.answers("iam simulate-principal-policy", "implicitDeny")
    assert "implicitDeny   <- make aws-policy aws-user" in run("aws-check").output


def test_a_second_policy_that_denies_is_told_apart(world: FakeAws, run: Run) -> None:
    world.answers("iam list-attached-user-policies", [POLICY_ARN, "arn:aws:iam::123456789012:policy/no-lambda"])
    world.answers("iam simulate-principal-policy", "explicitDeny")
    ran = run("aws-check")
    assert ran.code == 1
    assert "with fastapi-sample-call-url, no-lambda" in ran.output
    assert "denies it: remove that statement" in ran.output


def test_the_digest_is_that_of_the_tag(world: FakeAws, run: Run) -> None:
    assert DIGEST in run("aws-check").output
    assert "imageTag=latest" in world.call("ecr describe-images")
