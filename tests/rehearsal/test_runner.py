"""The rehearsal itself would notice: a failure, a change the second time, a secret that is shown, a missing answer."""

import sys
from pathlib import Path

import pytest

from rehearsal.runner import Failed, Rehearsal, changing_commands


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    dev_vars = tmp_path / ".dev.vars"
    dev_vars.write_text("AWS_SECRET_ACCESS_KEY=the-secret\n")
    return Rehearsal({"DEV_VARS": str(dev_vars), "ECR_REGISTRY": "127.0.0.1:1"})


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-SIc", code


def test_a_command_that_does_as_expected_is_ok_in_the_table(rehearsal: Rehearsal) -> None:
    rehearsal.command("greet", *python("print('hello')"), expected="hello")
    [(name, _, result)] = rehearsal.table
    assert (name, result) == ("greet", "ok")


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "print('good-bye')"])
def test_a_failure_or_another_answer_fails_and_stands_in_the_table(rehearsal: Rehearsal, code: str) -> None:
    with pytest.raises(Failed):
        rehearsal.command("greet", *python(code), expected="hello")
    assert rehearsal.table[0][2] == "FAILED"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_secret_in_the_output_fails_and_is_not_repeated(rehearsal: Rehearsal, stream: str) -> None:
    with pytest.raises(Failed) as failure:
        rehearsal.run(*python(f"import sys; sys.{stream}.write('the-' + 'secret')"))
    assert "the-secret" not in str(failure.value)


def test_a_secret_of_the_commands_own_variables_counts_too(rehearsal: Rehearsal) -> None:
    with pytest.raises(Failed) as failure:
        rehearsal.run(*python("print('another' + '-secret')"), more={"AWS_SECRET_ACCESS_KEY": "another-secret"})
    assert "another-secret" not in str(failure.value)


def test_what_is_typed_reaches_the_command_and_its_exit_code_counts(rehearsal: Rehearsal) -> None:
    command = python("print(input()); raise SystemExit(130)")
    assert rehearsal.run(*command, typed="9012", code=130) == "9012\n"
    with pytest.raises(Failed):
        rehearsal.run(*command, typed="9012")


def test_only_what_changes_something_counts_as_a_change() -> None:
    looking = (
        "$ aws iam get-user --user-name u\n  arn\n$ aws iam attach-user-policy --user-name u\n$ aws lambda wait x\n"
    )
    assert changing_commands(looking) == []
    assert changing_commands(looking + "$ aws iam create-user --user-name u\n") == ["iam create-user"]
