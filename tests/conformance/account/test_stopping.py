"""Nothing is made unasked, and whatever was made is removed: after a failure at each step, and after a signal."""

import io
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import pytest

from conformance.account import round
from conformance.account.pace import Pace
from conformance.account.stack import remove
from conformance.case import Case
from conformance.target import Endpoint
from infra.errors import StepError
from tests.conformance.account.conftest import CASES, STACK, Clock, Runner
from tests.conformance.account.test_run import QUESTIONS, REMOVAL
from tests.infra.fake_aws import ACCOUNT, FakeAws, Refusal, refusal


@pytest.mark.parametrize("typed", ["", "0000", "3456", ACCOUNT, f"x{ACCOUNT[-4:]}", "y"])
@pytest.mark.parametrize("words", [[], ["--clean"]])
def test_only_the_last_four_digits_let_anything_begin(run: Runner, aws: FakeAws, words: list[str], typed: str) -> None:
    aws.answers("cloudformation describe-stacks", [[f"{STACK}-1", f"{STACK}-1"]])
    run.typed = typed
    ran = run(*words)
    assert ran.code == 1
    assert "aren't the last four digits" in ran.output
    assert "Account    sandbox" in ran.output
    assert ACCOUNT not in ran.output
    assert aws.commands == [*QUESTIONS, *(["cloudformation describe-stacks"] if words else [])]
    assert not run.called


def test_nobody_at_the_terminal_lets_nothing_begin(run: Runner, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(str):
        def strip(self, chars: str | None = None, /) -> str:
            raise EOFError

    run.typed = Closed()
    assert run().code == 1
    assert aws.commands == QUESTIONS


@pytest.mark.parametrize(
    "command",
    ["cloudformation deploy", "cloudformation describe-stacks", "sts assume-role", "iam create-access-key"],
)
def test_a_failure_of_any_command_ends_in_the_removal(run: Runner, aws: FakeAws, command: str) -> None:
    aws.answers(command, refusal("Throttling", "Rate exceeded"))
    ran = run()
    assert ran.code == 1
    assert "Rate exceeded" in ran.output.partition("aws-conformance stopped: ")[2]
    assert aws.commands[-4:] == REMOVAL
    assert not ran.file.exists()


def test_a_stack_that_failed_says_which_part_did(run: Runner, aws: FakeAws) -> None:
    aws.answers("cloudformation deploy", Refusal("Failed to create/update the stack"))
    ran = run()
    assert "Resource limit exceeded" in ran.output
    assert "aws-conformance stopped: `aws cloudformation deploy` failed. AWS answered: Failed to create" in ran.output
    assert ran.output.endswith("What to do: correct what failed, as the lines above say, then run the command again\n")


def test_a_role_that_stays_closed_is_told_and_all_is_removed(run: Runner, aws: FakeAws) -> None:
    aws.answers("sts assume-role", refusal("AccessDenied"))
    ran = run()
    assert "AWS doesn't let you assume the role conformance-caller" in ran.output
    assert aws.commands[-4:] == REMOVAL


def test_a_first_call_that_is_never_answered_stops_the_run(run: Runner, aws: FakeAws, monkeypatch: Any) -> None:
    direct = run.route
    monkeypatch.setattr(run, "route", lambda endpoint, case: replace(direct(endpoint, case), port=1))
    ran = run()
    assert ran.code == 1
    assert "the first call isn't answered as it should be" in ran.output
    assert "no connection" in ran.output
    assert aws.commands[-4:] == REMOVAL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("call", [1, 4, 9])
def test_a_signal_at_any_call_ends_in_the_removal(
    run: Runner, aws: FakeAws, monkeypatch: pytest.MonkeyPatch, number: int, call: int
) -> None:
    direct = run.route

    def route(endpoint: Endpoint, case: Case) -> Endpoint:
        found = direct(endpoint, case)
        if len(run.called) == call:
            os.kill(os.getpid(), number)
        return found

    monkeypatch.setattr(run, "route", route)
    ran = run()
    assert ran.code == 130
    assert "stopped before its end" in ran.output
    assert aws.commands[-4:] == REMOVAL
    assert not ran.file.exists()


def test_a_signal_during_the_removal_changes_nothing(
    run: Runner, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:

    def interrupted(*words: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        remove(*words)

    monkeypatch.setattr(round, "remove", interrupted)
    assert run().code == 0
    assert aws.commands[-4:] == REMOVAL


def test_a_fault_of_our_own_ends_in_the_removal(run: Runner, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(endpoint: Endpoint, case: Case) -> Endpoint:
        raise RuntimeError("a bug")

    monkeypatch.setattr(run, "route", broken)
    with pytest.raises(RuntimeError):
        run()
    assert aws.commands[-4:] == REMOVAL


@pytest.mark.parametrize("command", REMOVAL)
def test_a_failed_removal_tries_the_rest_and_says_how_to_go_on(run: Runner, aws: FakeAws, command: str) -> None:
    aws.answers(command, refusal("Throttling", "Rate exceeded"))
    ran = run()
    assert ran.code == 1
    assert ran.output.endswith("What to do: make aws-conformance CLEAN=1\n")
    assert "cloudformation delete-stack" in aws.commands
    assert ran.file.exists()


def test_clean_removes_what_earlier_runs_left_and_nothing_else(run: Runner, aws: FakeAws) -> None:
    left = "conformance-0a"
    others = [["conformance-mine", None], ["fastapi-sample", "fastapi-sample"], ["x", left]]
    aws.answers("cloudformation describe-stacks", [[left, left], *others])
    ran = run("--clean")
    assert ran.code == 0
    assert f"Removes    {left}" in ran.output
    assert aws.commands == [*QUESTIONS, "cloudformation describe-stacks", *REMOVAL]
    assert [words[3] for words in aws.calls if words[1] == "delete-stack"] == [left]
    assert aws.call("iam delete-access-key")[3] == f"{left}-caller"


def test_clean_without_left_overs_asks_nothing(run: Runner, aws: FakeAws) -> None:
    aws.answers("cloudformation describe-stacks", [])
    ran = run("--clean")
    assert ran.code == 0
    assert "Nothing is left to remove in ap-northeast-1" in ran.output


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Refusal("Unable to locate credentials. You can configure ..."), "log in: `aws login` or `aws configure`"),
        (refusal("ExpiredToken", "The security token included in the request is expired"), "log in again"),
        ([ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"], "root user, who can't assume a role: log in as a user"),
        ([ACCOUNT, f"arn:aws-cn:iam::{ACCOUNT}:user/me"], "in the partition aws-cn"),
    ],
)
def test_a_log_in_that_will_not_do_is_one_clear_message(run: Runner, aws: FakeAws, answer: Any, sentence: str) -> None:
    aws.answers("sts get-caller-identity", answer)
    ran = run()
    assert ran.code == 1
    assert sentence in ran.output
    assert len(aws.commands) == 1


def test_an_alias_that_may_not_be_read_is_no_obstacle(run: Runner, aws: FakeAws) -> None:
    aws.answers("iam list-account-aliases", refusal("AccessDenied"))
    ran = run()
    assert ran.code == 0
    assert "Account    (none)" in ran.output


def test_a_missing_cli_is_told(run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS", str(tmp_path / "no-aws"))
    ran = run()
    assert ran.code == 1
    assert "install the aws CLI" in ran.output


def test_more_than_two_hundred_calls_are_refused_before_the_first(run: Runner, aws: FakeAws) -> None:
    ran = run(changed=[replace(CASES["signed"], name=f"case-{number}") for number in range(160)])
    assert ran.code == 1
    assert "one run may make 200" in ran.output
    assert aws.commands == []


def test_no_run_makes_more_calls_than_that_whatever_its_plan_says() -> None:
    clock = Clock()
    pace = Pace(clock, clock.sleep)
    for _ in range(200):
        pace.wait()
    with pytest.raises(StepError, match="200 calls were made"):
        pace.wait()
    assert clock.now == pytest.approx(199 / 5)


class Closed(io.TextIOBase):
    """A pipe whose reader leaves when it reads a certain word."""

    def __init__(self, word: str, file: TextIO) -> None:
        self._word, self._file, self._closed = word, file, False

    def write(self, text: str) -> int:
        self._closed = self._closed or self._word in text
        if self._closed:
            raise BrokenPipeError
        return len(text)

    def fileno(self) -> int:
        return self._file.fileno()


@pytest.mark.parametrize(
    "word", ["cloudformation deploy", "sts assume-role", "agrees", "Removing", "delete-access-key"]
)
def test_a_reader_that_leaves_does_not_stop_the_removal(
    run: Runner, aws: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, word: str
) -> None:
    with (tmp_path / "output").open("w") as file, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Closed(word, file))
        ran = run()
    assert ran.code == (0 if word in ("Removing", "delete-access-key") else 1)
    assert aws.commands[-4:] == REMOVAL


def test_a_reader_may_leave_a_dry_run(run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w") as file, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Closed("expects", file))
        assert run("--dry-run").code == 0
