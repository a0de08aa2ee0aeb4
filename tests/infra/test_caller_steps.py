"""The steps aws-policy and aws-user, on a fake AWS."""

import json

import pytest

from tests.infra.conftest import Run
from tests.infra.fake_aws import NO_ENTITY, POLICY, POLICY_ARN, USER, FakeAws


def test_the_policy_allows_both_actions_on_this_function_alone(aws: FakeAws, run: Run) -> None:
    aws.answers("iam get-policy", NO_ENTITY)
    aws.answers("iam create-policy", POLICY_ARN)
    assert run("aws-policy").code == 0
    document = json.loads(aws.call("iam create-policy")[5])
    assert [s["Action"] for s in document["Statement"]] == ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
    arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:fastapi-sample"
    assert {s["Resource"] for s in document["Statement"]} == {arn}


def test_keeps_a_policy_that_is_as_the_file(aws: FakeAws, run: Run) -> None:
    assert run("aws-policy").code == 0
    assert aws.changes() == []


def test_a_policy_that_differs_gets_a_new_version(aws: FakeAws, run: Run) -> None:
    aws.answers("iam get-policy-version", POLICY | {"Statement": POLICY["Statement"][:1]})
    aws.answers("iam list-policy-versions", [["v1", True]])
    aws.answers("iam create-policy-version", "v2")
    assert run("aws-policy").code == 0
    assert aws.changes() == ["iam create-policy-version"]
    assert "--set-as-default" in aws.call("iam create-policy-version")


def test_the_sixth_version_takes_the_place_of_the_oldest(aws: FakeAws, run: Run) -> None:
    aws.answers("iam get-policy-version", {})
    aws.answers(
        "iam list-policy-versions", [["v11", False], ["v10", True], ["v9", False], ["v8", False], ["v7", False]]
    )
    aws.answers("iam delete-policy-version", None)
    aws.answers("iam create-policy-version", "v12")
    assert run("aws-policy").code == 0
    assert aws.call("iam delete-policy-version")[-1] == "v7"


def test_makes_the_user_with_the_policy(aws: FakeAws, run: Run) -> None:
    aws.answers("iam get-user", NO_ENTITY)
    aws.answers("iam create-user", "arn")
    assert run("aws-user").code == 0
    assert aws.changes() == ["iam create-user", "iam attach-user-policy"]
    assert aws.call("iam attach-user-policy")[2:] == ["--user-name", USER, "--policy-arn", POLICY_ARN]


def test_an_existing_user_gets_the_policy(aws: FakeAws, run: Run) -> None:
    assert run("aws-user").code == 0
    assert aws.changes() == ["iam attach-user-policy"]


def test_a_user_without_a_policy_names_the_step_before(aws: FakeAws, run: Run) -> None:
    aws.answers("iam attach-user-policy", NO_ENTITY)
    ran = run("aws-user")
    assert ran.code == 1
    assert "there is no policy fastapi-sample-call-url yet: make aws-policy" in ran.output


def test_one_user_per_caller(aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLER_NAME", "the-worker")
    assert run("aws-user").code == 0
    assert aws.call("iam attach-user-policy")[3] == "the-worker"
