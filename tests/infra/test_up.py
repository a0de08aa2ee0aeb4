"""aws-up: all steps in order, a line of progress for each, and an end that names the step and the remedy."""

import re

import pytest

from tests.infra.conftest import FunctionUrl, Run
from tests.infra.fake_aws import IMAGE, POLICY_ARN, URL, FakeAws, refusal


@pytest.fixture
def world(aws: FakeAws) -> FakeAws:
    """What each step is answered in its turn: the function's own question, then those of the later steps."""
    aws.answers("lambda get-function", {"Image": IMAGE, "Architectures": ["x86_64"]}, ["Active", "x86_64", IMAGE, None])
    aws.answers("lambda get-function-url-config", ["AWS_IAM", "BUFFERED"], URL, [URL, "AWS_IAM", "BUFFERED"], URL)
    aws.answers("iam list-attached-user-policies", [POLICY_ARN])
    aws.answers("iam list-access-keys", [], [["AKIANEW", "Active"]])
    aws.answers("iam simulate-principal-policy", "allowed")
    return aws


def test_runs_every_step_in_order_and_shows_how_far_it_is(world: FakeAws, run: Run, function_url: FunctionUrl) -> None:
    ran = run("aws-up")
    assert ran.code == 0
    assert re.findall(r"^\[(\d/7)\] (.*)$", ran.output, re.MULTILINE) == [
        ("1/7", "aws-function"),
        ("2/7", "aws-url"),
        ("3/7", "aws-policy"),
        ("4/7", "aws-user"),
        ("5/7", "aws-key"),
        ("6/7", "aws-check"),
        ("7/7", "aws-call"),
    ]
    assert ran.output.count(": done, ") == 7


def test_shows_each_command_as_it_would_be_typed(world: FakeAws, run: Run, function_url: FunctionUrl) -> None:
    output = run("aws-up").output
    typed = [line.removeprefix("$ aws ").split()[:2] for line in output.splitlines() if line.startswith("$ aws ")]
    assert [" ".join(words) for words in typed] == world.commands


def test_a_failure_names_the_step_and_what_aws_answered_and_stops_there(world: FakeAws, run: Run) -> None:
    world.answers("iam get-user", refusal("AccessDenied", "not authorized to perform: iam:GetUser"))
    ran = run("aws-up")
    assert ran.code == 1
    assert "aws-user stopped: `aws iam get-user` failed. AWS answered:" in ran.output
    assert "not authorized to perform: iam:GetUser" in ran.output
    assert "[5/7]" not in ran.output


def test_an_interruption_is_no_traceback(world: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*command: str, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("infra.aws_cli.subprocess.run", interrupted)
    ran = run("aws-up")
    assert ran.code == 130
    assert "run it again, it continues where it stopped" in ran.output
