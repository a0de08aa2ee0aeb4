"""The step aws-role, and how aws-check, aws-destroy and deploy know its role, on a fake AWS."""

import json
from typing import Any

import pytest

from infra.role import wanted_trust
from infra.settings import Settings
from tests.infra.conftest import Run
from tests.infra.fake_aws import (
    ACCOUNT,
    IMAGE,
    NAME,
    NO_ENTITY,
    POLICY_ARN,
    REGION,
    ROLE,
    URL,
    FakeAws,
    Refusal,
    refusal,
)

ISSUER, SUBJECT = "https://id.example/cluster", "system:serviceaccount:default:edge-caller"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example/cluster"
GET_ROLE, GET_PROVIDER = f"iam get-role {ROLE}", "iam get-open-id-connect-provider"
TRUST = wanted_trust(ISSUER, SUBJECT, Settings(NAME, REGION, ACCOUNT))


@pytest.fixture
def world(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """The variables are set; neither provider nor role exists."""
    monkeypatch.setenv("ISSUER", ISSUER)
    monkeypatch.setenv("SUBJECT", SUBJECT)
    aws.answers(GET_PROVIDER, NO_ENTITY)
    aws.answers("iam create-open-id-connect-provider", PROVIDER)
    aws.answers("iam add-client-id-to-open-id-connect-provider", None)
    aws.answers("iam create-role", f"arn:aws:iam::{ACCOUNT}:role/{ROLE}")
    aws.answers("iam update-assume-role-policy", None)
    return aws


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1]


def test_makes_provider_and_role_for_one_subject(world: FakeAws, run: Run) -> None:
    ran = run("aws-role")
    assert ran.code == 0
    assert world.changes() == ["iam create-open-id-connect-provider", "iam create-role", "iam attach-role-policy"]
    made = world.call("iam create-open-id-connect-provider")
    assert (option(made, "--url"), option(made, "--client-id-list")) == (ISSUER, "sts.amazonaws.com")
    document = json.loads(option(world.call("iam create-role"), "--assume-role-policy-document"))
    assert document == TRUST
    assert document["Statement"][0]["Condition"] == {
        "StringEquals": {"id.example/cluster:aud": "sts.amazonaws.com", "id.example/cluster:sub": SUBJECT}
    }
    attached = world.call("iam attach-role-policy")
    assert (option(attached, "--role-name"), option(attached, "--policy-arn")) == (ROLE, POLICY_ARN)
    assert f"AWS_ROLE_ARN=arn:aws:iam::{ACCOUNT}:role/{ROLE}" in ran.output


def test_an_older_aws_cli_gets_the_thumbprint_that_it_asks_for(world: FakeAws, run: Run) -> None:
    """Before July 2024 the option was required; AWS answers nothing then, since the CLI itself refuses."""
    usage = Refusal("aws: error: the following arguments are required: --thumbprint-list\n")
    world.answers("iam create-open-id-connect-provider", usage, PROVIDER)
    assert run("aws-role").code == 0
    first, second = [words for words in world.calls if words[1] == "create-open-id-connect-provider"]
    assert "--thumbprint-list" not in first
    assert option(second, "--thumbprint-list") == "0" * 40


def test_another_refusal_of_the_provider_is_told(world: FakeAws, run: Run) -> None:
    world.answers("iam create-open-id-connect-provider", refusal("LimitExceeded"))
    ran = run("aws-role")
    assert ran.code == 1
    assert "LimitExceeded" in ran.output
    assert world.commands.count("iam create-open-id-connect-provider") == 1


def test_run_again_it_changes_nothing(world: FakeAws, run: Run) -> None:
    world.answers(GET_PROVIDER, ["sts.amazonaws.com"])
    world.answers(GET_ROLE, TRUST)
    assert run("aws-role").code == 0
    assert world.changes() == ["iam attach-role-policy"]


def test_an_existing_provider_gets_the_audience_and_an_existing_role_the_subject(world: FakeAws, run: Run) -> None:
    world.answers(GET_PROVIDER, ["other"])
    world.answers(GET_ROLE, {})
    assert run("aws-role").code == 0
    assert world.changes() == [
        "iam add-client-id-to-open-id-connect-provider",
        "iam update-assume-role-policy",
        "iam attach-role-policy",
    ]
    assert json.loads(option(world.call("iam update-assume-role-policy"), "--policy-document")) == TRUST


def test_google_is_built_in(world: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUER", "https://accounts.google.com")
    assert run("aws-role").code == 0
    assert world.changes() == ["iam create-role", "iam attach-role-policy"]
    document = option(world.call("iam create-role"), "--assume-role-policy-document")
    assert json.loads(document)["Statement"][0]["Principal"] == {"Federated": "accounts.google.com"}


@pytest.mark.parametrize("step", ["aws-role", "deploy"])
@pytest.mark.parametrize(
    ("issuer", "subject", "said"),
    [
        ("", SUBJECT, "ISSUER or SUBJECT is missing"),
        (ISSUER, "", "ISSUER or SUBJECT is missing"),
        ("http://id.example", SUBJECT, "with https://"),
        ("id.example", SUBJECT, "with https://"),
        ("https://id.example/", SUBJECT, "no slash"),
        (ISSUER, "*", "without * or ?"),
        (ISSUER, "repo:me/*", "without * or ?"),
    ],
)
def test_a_role_for_nobody_or_for_everybody_is_not_made(
    world: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch, step: str, issuer: str, subject: str, said: str
) -> None:
    monkeypatch.setenv("ISSUER", issuer)
    monkeypatch.setenv("SUBJECT", subject)
    world.answers("cloudformation describe-stacks", "CREATE_COMPLETE")
    ran = run(step)
    assert ran.code == 1
    assert said in ran.output
    assert world.changes() == []


def test_without_the_policy_it_names_the_step_that_makes_it(world: FakeAws, run: Run) -> None:
    world.answers("iam attach-role-policy", NO_ENTITY)
    ran = run("aws-role")
    assert ran.code == 1
    assert "make aws-policy" in ran.output


@pytest.fixture
def checked(world: FakeAws) -> FakeAws:
    """Everything is there for aws-check, the role too."""
    world.answers("lambda get-function", ["Active", "x86_64", IMAGE, None])
    world.answers("lambda get-function-url-config", [URL, "AWS_IAM", "BUFFERED"])
    world.answers("iam list-attached-user-policies", [POLICY_ARN])
    world.answers("iam simulate-principal-policy", "allowed")
    world.answers(GET_ROLE, TRUST)
    world.answers(GET_PROVIDER, ["sts.amazonaws.com"])
    return world


@pytest.mark.parametrize(
    ("command", "answer", "row"),
    [
        (GET_ROLE, TRUST, f"{ROLE}, for {SUBJECT} of {ISSUER}"),
        (GET_ROLE, NO_ENTITY, "none: make aws-role makes one"),
        (GET_ROLE, {}, "its trust policy differs from trust-web-identity.json <- make aws-role"),
        (
            GET_ROLE,
            wanted_trust(ISSUER, "other", Settings(NAME, REGION, ACCOUNT)),
            f"for other of {ISSUER} <- make aws-role",
        ),
        (GET_PROVIDER, NO_ENTITY, f"{ISSUER}, none <- make aws-role"),
        (GET_PROVIDER, ["other"], f"{ISSUER}, other <- make aws-role"),
        ("iam simulate-principal-policy", "implicitDeny", "implicitDeny <- make aws-policy aws-role"),
    ],
)
def test_aws_check_has_rows_for_the_role(checked: FakeAws, run: Run, command: str, answer: Any, row: str) -> None:
    checked.answers(command, answer)
    assert row in " ".join(run("aws-check").output.split())


def test_aws_check_misses_no_user_where_there_is_a_role(checked: FakeAws, run: Run) -> None:
    checked.answers("iam get-user", NO_ENTITY)
    ran = run("aws-check")
    assert ran.code == 0, ran.output
    assert "<-" not in ran.output


def test_aws_check_needs_no_variable_to_know_the_role(
    checked: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ISSUER")
    monkeypatch.delenv("SUBJECT")
    output = run("aws-check").output
    assert f"{ROLE}, for {SUBJECT} of {ISSUER}\n" in output


def test_aws_destroy_removes_the_role_and_the_provider_that_the_step_made(checked: FakeAws, run: Run) -> None:
    other = PROVIDER + "2"
    for command in (
        "iam list-attached-user-policies",
        "iam list-access-keys",
        "iam list-attached-role-policies",
    ):
        checked.answers(command, [])
    checked.answers("iam list-open-id-connect-providers", [PROVIDER, other])
    checked.answers(f"{GET_PROVIDER} {PROVIDER}", [NAME])
    checked.answers(f"{GET_PROVIDER} {other}", [])
    checked.answers("iam list-entities-for-policy", [[], [], [ROLE]])
    for command in (
        "lambda delete-function-url-config",
        "lambda delete-function",
        "iam detach-role-policy",
        "iam delete-policy",
        "iam delete-user",
        "iam delete-role",
        "iam delete-open-id-connect-provider",
    ):
        checked.answers(command, None)
    assert run("aws-destroy").code == 0
    deleted = [words[3] for words in checked.calls if words[1] in ("delete-role", "delete-open-id-connect-provider")]
    assert deleted == [ROLE, PROVIDER, f"{NAME}-role"]
    commands = checked.commands
    assert (
        commands.index("iam detach-role-policy")
        < commands.index("iam delete-policy")
        < commands.index("iam delete-role")
    )


@pytest.mark.parametrize(
    ("found", "tags", "create"), [(NO_ENTITY, [], "yes"), (ISSUER, [NAME], "yes"), (ISSUER, [], "no")]
)
def test_the_stack_makes_no_provider_that_the_account_has(
    world: FakeAws, run: Run, found: Any, tags: list[str], create: str
) -> None:
    world.answers("cloudformation describe-stacks", "CREATE_COMPLETE")
    world.answers("cloudformation deploy", None)
    world.answers("iam list-open-id-connect-providers", [PROVIDER] if tags else [])
    world.answers(f"{GET_PROVIDER} {PROVIDER}", found, tags)
    assert run("deploy").code == 0
    words = world.call("cloudformation deploy")
    assert {f"CreateProvider={create}", "Issuer=id.example/cluster", f"Subject={SUBJECT}"} <= set(words)


def test_a_stack_without_the_variables_has_no_role(aws: FakeAws, run: Run) -> None:
    aws.answers("cloudformation describe-stacks", "CREATE_COMPLETE")
    aws.answers("cloudformation deploy", None)
    assert run("deploy").code == 0
    assert not [word for word in aws.call("cloudformation deploy") if word.startswith(("Issuer", "Subject"))]


def test_a_refusal_of_aws_is_no_missing_role(world: FakeAws, run: Run) -> None:
    world.answers(GET_ROLE, refusal("AccessDenied", "not authorized to perform: iam:GetRole"))
    ran = run("aws-role")
    assert ran.code == 1
    assert "iam:GetRole" in ran.output
