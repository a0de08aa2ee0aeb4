"""aws-destroy, deploy and destroy on a fake AWS: all in AWS's order, nothing unasked, from any half-made state."""

import pytest
from dotenv import dotenv_values

from tests.infra.fake_aws import IMAGE, NO_ENTITY, NO_RESOURCE, POLICY_ARN, refusal

NO_STACK = refusal("ValidationError", "Stack with id fastapi-sample does not exist")
DELETIONS = (
    "lambda delete-function-url-config",
    "lambda delete-function",
    "logs delete-log-group",
    "iam delete-access-key",
    "iam detach-user-policy",
    "iam delete-user-policy",
    "iam delete-user",
    "iam delete-policy-version",
    "iam delete-policy",
    "iam detach-role-policy",
    "iam delete-role",
    "ecr delete-repository",
    "cloudformation delete-stack",
)


@pytest.fixture
def world(aws, dev_vars):
    """Everything there is, with a bit more: two keys, two policies, an inline one, an old version."""
    dev_vars.write_text("FUNCTION_URL=https://x\nAWS_ACCESS_KEY_ID=AKIAOLD\nAWS_SECRET_ACCESS_KEY=old\n")
    aws.answers("logs describe-log-groups", ["/aws/lambda/fastapi-sample", "/aws/lambda/fastapi-sample-2"])
    aws.answers("iam list-access-keys", ["AKIAOLD", "AKIATWO"])
    aws.answers("iam list-attached-user-policies", [POLICY_ARN, "arn:aws:iam::aws:policy/Other"])
    aws.answers("iam list-user-policies", ["inline"])
    aws.answers("iam list-entities-for-policy", ["fastapi-sample-edge-caller"])
    aws.answers("iam list-policy-versions", ["v1"])
    aws.answers("iam list-attached-role-policies", ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"])
    aws.answers("ecr describe-repositories", "sample/fast-api-sample")
    aws.answers("cloudformation describe-stacks", "CREATE_COMPLETE")
    aws.answers("cloudformation wait", None)
    for command in DELETIONS:
        aws.answers(command, None)
    return aws


def test_removes_all_in_the_order_that_aws_demands(world, run):
    assert run("aws-destroy").code == 0
    assert list(dict.fromkeys(world.changes())) == list(DELETIONS[:-2])
    assert world.changes().count("iam delete-access-key") == world.changes().count("iam detach-user-policy") == 2
    assert world.changes().count("logs delete-log-group") == 1


def test_the_repository_goes_only_when_asked(world, run, monkeypatch):
    monkeypatch.setenv("DELETE_REPOSITORY", "1")
    run("aws-destroy")
    assert world.changes()[-1] == "ecr delete-repository"


@pytest.mark.parametrize("step", ["aws-destroy", "destroy"])
@pytest.mark.parametrize("answer", ["", "n", "no"])
def test_nothing_is_removed_unless_somebody_agrees(world, run, monkeypatch, step, answer):
    monkeypatch.setenv("YES", "")
    monkeypatch.setattr("builtins.input", lambda question: answer)
    ran = run(step)
    assert ran.code == 1
    assert "access key AKIAOLD" in ran.output
    assert world.changes() == []


def test_nobody_at_the_terminal_is_a_no(world, run, monkeypatch):
    def closed(question):
        raise EOFError

    monkeypatch.setenv("YES", "")
    monkeypatch.setattr("builtins.input", closed)
    assert run("aws-destroy").code == 1
    assert world.changes() == []


def test_a_yes_is_enough(world, run, monkeypatch):
    monkeypatch.setenv("YES", "")
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert run("aws-destroy").code == 0


@pytest.mark.parametrize(
    ("gone", "kept"),
    [
        ("lambda get-function", "lambda delete-function"),
        ("lambda get-function-url-config", "lambda delete-function-url-config"),
        ("iam get-user", "iam delete-user"),
        ("iam get-policy", "iam delete-policy"),
        ("iam get-role", "iam delete-role"),
    ],
)
def test_a_half_made_state_is_no_obstacle(world, run, gone, kept):
    world.answers(gone, NO_RESOURCE if gone.startswith("lambda") else NO_ENTITY)
    assert run("aws-destroy").code == 0
    assert kept not in world.commands
    assert world.changes()


def test_what_vanished_meanwhile_is_done(world, run):
    world.answers("iam delete-user", NO_ENTITY)
    assert run("aws-destroy").code == 0


def test_a_refusal_in_the_middle_stops_and_says_where(world, run):
    world.answers("iam delete-user", refusal("AccessDenied", "not authorized to perform: iam:DeleteUser"))
    ran = run("aws-destroy")
    assert ran.code == 1
    assert "iam:DeleteUser" in ran.output
    assert "iam delete-role" not in world.commands


def test_the_deleted_key_is_forgotten_and_the_rest_of_the_file_stays(world, run, dev_vars):
    run("aws-destroy")
    assert dotenv_values(dev_vars) == {"FUNCTION_URL": "https://x"}


def test_the_key_of_somebody_else_stays_in_the_file(world, run, dev_vars):
    world.answers("iam list-access-keys", ["AKIATWO"])
    run("aws-destroy")
    assert dotenv_values(dev_vars)["AWS_ACCESS_KEY_ID"] == "AKIAOLD"


def test_the_policy_is_taken_from_other_users_first(world, run):
    world.answers("iam list-entities-for-policy", ["fastapi-sample-edge-caller", "the-worker"])
    run("aws-destroy")
    detached = [words[3] for words in world.calls if words[1] == "detach-user-policy"]
    assert detached == ["fastapi-sample-edge-caller", "fastapi-sample-edge-caller", "the-worker"]


def test_deploy_hands_the_template_the_image_and_its_architecture(world, run, monkeypatch):
    monkeypatch.setenv("RESERVED_CONCURRENCY", "5")
    world.answers("cloudformation deploy", None)
    assert run("deploy").code == 0
    words = world.call("cloudformation deploy")
    assert {f"ImageUri={IMAGE}", "Architecture=x86_64", "ReservedConcurrency=5"} <= set(words)
    assert "--no-fail-on-empty-changeset" in words


def test_a_failed_deploy_shows_what_failed(world, run):
    world.answers("cloudformation deploy", refusal("ValidationError", "is in ROLLBACK_COMPLETE state"))
    world.answers("cloudformation describe-stack-events", [["Function", "image manifest media type not supported"]])
    ran = run("deploy")
    assert ran.code == 1
    assert "image manifest media type not supported" in ran.output
    assert "make destroy, then make deploy" in ran.output


def test_deploy_without_an_image_says_to_push_one(world, run):
    world.answers("ecr describe-images", None)
    assert "has no image latest: push it" in run("deploy").output
    assert world.changes() == []


def test_destroy_deletes_the_keys_before_the_stack(world, run, dev_vars):
    assert run("destroy").code == 0
    assert world.changes() == ["iam delete-access-key", "iam delete-access-key", "cloudformation delete-stack"]
    assert world.commands[-1] == "cloudformation wait"
    assert "AWS_ACCESS_KEY_ID" not in dotenv_values(dev_vars)


def test_destroy_without_a_stack_touches_no_key(world, run):
    world.answers("cloudformation describe-stacks", NO_STACK)
    assert "nothing is left to remove" in run("destroy").output
    assert world.changes() == []
