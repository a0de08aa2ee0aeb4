"""aws-destroy, deploy and destroy on a fake AWS: all in AWS's order, nothing unasked, from any half-made state."""

from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from tests.infra.conftest import Run
from tests.infra.fake_aws import IMAGE, NO_ENTITY, NO_RESOURCE, POLICY_ARN, FakeAws, Refusal, refusal

NO_STACK = refusal("ValidationError", "Stack with id fastapi-sample does not exist")
DELETIONS = (
    "lambda delete-function-url-config",
    "lambda delete-function",
    "logs delete-log-group",
    "iam delete-access-key",
    "iam remove-user-from-group",
    "iam detach-user-policy",
    "iam delete-user-policy",
    "iam detach-group-policy",
    "iam detach-role-policy",
    "iam delete-policy-version",
    "iam delete-policy",
    "iam delete-user",
    "iam delete-role",
    "ecr delete-repository",
    "cloudformation delete-stack",
)


@pytest.fixture
def world(aws: FakeAws, dev_vars: Path) -> FakeAws:
    """Everything that the steps make, and what a person may add: a second key, groups, policies, a role."""
    dev_vars.write_text("FUNCTION_URL=https://x\nAWS_ACCESS_KEY_ID=AKIAOLD\nAWS_SECRET_ACCESS_KEY=old\n")
    aws.answers("logs describe-log-groups", ["/aws/lambda/fastapi-sample", "/aws/lambda/fastapi-sample-2"])
    aws.answers("iam list-access-keys", ["AKIAOLD", "AKIATWO"])
    aws.answers("iam list-attached-user-policies", ["arn:aws:iam::aws:policy/Other"])
    aws.answers("iam list-groups-for-user", ["callers"])
    aws.answers("iam list-user-policies", ["inline"])
    aws.answers("iam list-entities-for-policy", [["fastapi-sample-edge-caller"], ["callers"], ["ci"]])
    aws.answers("iam list-policy-versions", ["v1"])
    aws.answers("iam list-attached-role-policies", ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"])
    aws.answers("ecr describe-repositories", "sample/fast-api-sample")
    aws.answers("cloudformation describe-stacks", "CREATE_COMPLETE")
    aws.answers("cloudformation wait", None)
    for command in DELETIONS:
        aws.answers(command, None)
    return aws


def test_removes_all_in_the_order_that_aws_demands(world: FakeAws, run: Run) -> None:
    assert run("aws-destroy").code == 0
    changes = world.changes()
    assert list(dict.fromkeys(changes)) == list(DELETIONS[:-2])
    assert world.changes().count("iam delete-access-key") == world.changes().count("iam detach-user-policy") == 2
    detached = [words[2:] for words in world.calls if words[1] in ("detach-group-policy", "detach-role-policy")]
    assert detached[:2] == [
        ["--group-name", "callers", "--policy-arn", POLICY_ARN],
        ["--role-name", "ci", "--policy-arn", POLICY_ARN],
    ]
    assert world.changes().count("logs delete-log-group") == 1


def test_the_repository_goes_only_when_asked(world: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELETE_REPOSITORY", "1")
    run("aws-destroy")
    assert world.changes()[-1] == "ecr delete-repository"


@pytest.mark.parametrize("step", ["aws-destroy", "destroy"])
@pytest.mark.parametrize("answer", ["", "n", "no"])
def test_nothing_is_removed_unless_somebody_agrees(
    world: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch, step: str, answer: Any
) -> None:
    monkeypatch.setenv("YES", "")
    monkeypatch.setattr("builtins.input", lambda question: answer)
    ran = run(step)
    assert ran.code == 1
    assert "access key AKIAOLD" in ran.output
    assert world.changes() == []


def test_nobody_at_the_terminal_is_a_no(world: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(question: str) -> None:
        raise EOFError

    monkeypatch.setenv("YES", "")
    monkeypatch.setattr("builtins.input", closed)
    assert run("aws-destroy").code == 1
    assert world.changes() == []


def test_a_yes_is_enough(world: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_a_half_made_state_is_no_obstacle(world: FakeAws, run: Run, gone: str, kept: str) -> None:
    world.answers(gone, NO_RESOURCE if gone.startswith("lambda") else NO_ENTITY)
    assert run("aws-destroy").code == 0
    assert kept not in world.commands
    assert world.changes()


def test_what_vanished_meanwhile_is_done(world: FakeAws, run: Run) -> None:
    world.answers("iam delete-user", NO_ENTITY)
    assert run("aws-destroy").code == 0


def test_a_refusal_in_the_middle_stops_and_says_where(world: FakeAws, run: Run) -> None:
    world.answers("iam delete-user", refusal("AccessDenied", "not authorized to perform: iam:DeleteUser"))
    ran = run("aws-destroy")
    assert ran.code == 1
    assert "iam:DeleteUser" in ran.output
    assert "iam delete-role" not in world.commands


def test_the_deleted_key_is_forgotten_and_the_rest_of_the_file_stays(world: FakeAws, run: Run, dev_vars: Path) -> None:
    run("aws-destroy")
    assert dotenv_values(dev_vars) == {"FUNCTION_URL": "https://x"}


def test_the_key_of_somebody_else_stays_in_the_file(world: FakeAws, run: Run, dev_vars: Path) -> None:
    world.answers("iam list-access-keys", ["AKIATWO"])
    run("aws-destroy")
    assert dotenv_values(dev_vars)["AWS_ACCESS_KEY_ID"] == "AKIAOLD"


@pytest.mark.parametrize(
    ("entities", "listed"),
    [
        ([["the-worker"], [], []], "attachment of fastapi-sample-call-url to the user the-worker"),
        ([[], ["callers"], []], "attachment of fastapi-sample-call-url to the group callers"),
        ([[], [], ["ci"]], "attachment of fastapi-sample-call-url to the role ci"),
    ],
)
@pytest.mark.parametrize("step", ["aws-destroy", "destroy"])
def test_an_attachment_that_a_person_made_is_listed_and_removed_first(
    world: FakeAws, run: Run, step: str, entities: Any, listed: Any
) -> None:
    world.answers("iam list-entities-for-policy", entities)
    ran = run(step)
    assert ran.code == 0
    assert listed in ran.output
    last = "iam delete-policy" if step == "aws-destroy" else "cloudformation delete-stack"
    [kind] = [words[1] for words in world.calls if words[1].startswith("detach-") and POLICY_ARN in words]
    assert world.changes().index(f"iam {kind}") < world.changes().index(last)


def test_deploy_hands_the_template_the_image_and_its_architecture(
    world: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESERVED_CONCURRENCY", "5")
    world.answers("cloudformation deploy", None)
    assert run("deploy").code == 0
    words = world.call("cloudformation deploy")
    assert {f"ImageUri={IMAGE}", "Architecture=x86_64", "ReservedConcurrency=5"} <= set(words)
    assert "--no-fail-on-empty-changeset" in words


def test_a_failed_deploy_shows_what_failed(world: FakeAws, run: Run) -> None:
    world.answers("cloudformation deploy", Refusal("Failed to create/update the stack. Run the following command ..."))
    world.answers("cloudformation describe-stack-events", [["Function", "image manifest media type not supported"]])
    ran = run("deploy")
    assert ran.code == 1
    assert "image manifest media type not supported" in ran.output
    assert "What to do: correct what failed" in ran.output


@pytest.fixture
def bare(world: FakeAws) -> FakeAws:
    """An account that has the image and nothing else."""
    for command in ("lambda get-function", "lambda get-function-url-config"):
        world.answers(command, NO_RESOURCE)
    for command in ("iam get-role", "iam get-policy", "iam get-user"):
        world.answers(command, NO_ENTITY)
    world.answers("logs describe-log-groups", [])
    for things in (
        "access-keys",
        "groups-for-user",
        "user-policies",
        "attached-user-policies",
        "attached-role-policies",
    ):
        world.answers(f"iam list-{things}", [])
    world.answers("cloudformation deploy", None)
    return world


def test_deploy_over_what_the_steps_made_names_it_and_changes_nothing(world: FakeAws, run: Run) -> None:
    world.answers("cloudformation describe-stacks", NO_STACK)
    ran = run("deploy")
    assert ran.code == 1
    for thing in ("function fastapi-sample", "user fastapi-sample-edge-caller", "role fastapi-sample-role"):
        assert thing in ran.output.splitlines()[-1]
    assert "`make aws-destroy` removes it" in ran.output
    assert world.changes() == []


@pytest.mark.parametrize(
    ("command", "answer", "thing"),
    [
        ("iam get-role", "arn", "role fastapi-sample-role"),
        ("iam get-user", "arn", "user fastapi-sample-edge-caller"),
        ("logs describe-log-groups", ["/aws/lambda/fastapi-sample"], "log group /aws/lambda/fastapi-sample"),
    ],
)
@pytest.mark.parametrize("stack", [NO_STACK, "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_one_existing_thing_is_enough_to_stop_a_deploy(
    bare: FakeAws, run: Run, stack: Any, command: str, answer: Any, thing: str
) -> None:
    bare.answers("cloudformation describe-stacks", stack)
    bare.answers(command, answer)
    assert f"can't make what exists already: {thing}." in run("deploy").output
    assert bare.changes() == []


def test_deploy_replaces_the_empty_stack_of_a_failed_attempt(bare: FakeAws, run: Run) -> None:
    bare.answers("cloudformation describe-stacks", "ROLLBACK_COMPLETE")
    assert run("deploy").code == 0
    assert bare.changes() == ["cloudformation delete-stack", "cloudformation deploy"]


@pytest.mark.parametrize("stack", [NO_STACK, "REVIEW_IN_PROGRESS"])
def test_deploy_makes_a_first_stack(bare: FakeAws, run: Run, stack: Any) -> None:
    bare.answers("cloudformation describe-stacks", stack, [])
    assert run("deploy").code == 0
    assert bare.changes() == ["cloudformation deploy"]


def test_deploy_without_an_image_says_to_push_one(world: FakeAws, run: Run) -> None:
    world.answers("ecr describe-images", None)
    assert "has no image latest: push it" in run("deploy").output
    assert world.changes() == []


def test_destroy_deletes_the_keys_before_the_stack(world: FakeAws, run: Run, dev_vars: Path) -> None:
    assert run("destroy").code == 0
    assert world.changes()[:2] == ["iam delete-access-key", "iam delete-access-key"]
    assert world.changes()[-1] == "cloudformation delete-stack"
    assert world.commands[-1] == "cloudformation wait"
    assert "AWS_ACCESS_KEY_ID" not in dotenv_values(dev_vars)


def test_destroy_leaves_to_the_stack_what_the_stack_made(world: FakeAws, run: Run) -> None:
    run("destroy")
    assert not {"iam delete-user", "iam delete-policy", "iam delete-role"} & set(world.changes())
    detached = [words[2:] for words in world.calls if words[1] == "detach-user-policy"]
    assert detached == [["--user-name", "fastapi-sample-edge-caller", "--policy-arn", "arn:aws:iam::aws:policy/Other"]]


def test_destroy_of_an_empty_stack_touches_no_key_of_the_steps(world: FakeAws, run: Run) -> None:
    world.answers("cloudformation describe-stacks", "ROLLBACK_COMPLETE")
    assert run("destroy").code == 0
    assert world.changes() == ["cloudformation delete-stack"]


def test_a_failed_destroy_shows_what_aws_could_not_delete(world: FakeAws, run: Run) -> None:
    world.answers("cloudformation wait", Refusal("Waiter StackDeleteComplete failed: DELETE_FAILED"))
    world.answers("cloudformation describe-stack-events", [["CallerPolicy", "Cannot delete a policy attached to ..."]])
    ran = run("destroy")
    assert ran.code == 1
    assert "Cannot delete a policy attached to" in ran.output
    assert "What to do: remove what AWS couldn't" in ran.output


def test_destroy_without_a_stack_touches_no_key(world: FakeAws, run: Run) -> None:
    world.answers("cloudformation describe-stacks", NO_STACK)
    assert "nothing is left to remove" in run("destroy").output
    assert world.changes() == []
