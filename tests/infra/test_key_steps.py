"""The steps aws-key, aws-call and aws-rotate-key: no key is lost or replaced unasked, and no secret is shown."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from tests.infra.conftest import FunctionUrl, Run
from tests.infra.fake_aws import IMAGE, NO_ENTITY, NO_RESOURCE, SECRET, URL, USER, FakeAws, refusal


@pytest.fixture
def old_key(dev_vars: Path, aws: FakeAws) -> str:
    """AKIAOLD in `.dev.vars` and at AWS."""
    dev_vars.write_text("# mine\nAWS_ACCESS_KEY_ID=AKIAOLD\nAWS_SECRET_ACCESS_KEY=old\nEDGE_BEARER_TOKEN=kept\n")
    aws.answers("iam list-access-keys", ["AKIAOLD"])
    return "AKIAOLD"


def test_writes_a_new_key_with_the_url_for_the_owner_alone(aws: FakeAws, run: Run, dev_vars: Path) -> None:
    assert run("aws-key").code == 0
    assert dotenv_values(dev_vars) == {
        "FUNCTION_URL": URL,
        "AWS_ACCESS_KEY_ID": "AKIANEW",
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }
    assert dev_vars.stat().st_mode & 0o777 == 0o600


def test_keeps_the_other_lines_and_drops_a_stale_session_token(aws: FakeAws, run: Run, dev_vars: Path) -> None:
    dev_vars.write_text("# mine\nEDGE_BEARER_TOKEN=kept\nAWS_SESSION_TOKEN=stale\n")
    assert run("aws-key").code == 0
    assert dev_vars.read_text().startswith("# mine\nEDGE_BEARER_TOKEN=kept\n")
    assert "AWS_SESSION_TOKEN" not in dev_vars.read_text()


@pytest.mark.parametrize("step", ["aws-key", "aws-rotate-key"])
def test_the_secret_is_neither_printed_nor_an_argument(
    aws: FakeAws, run: Run, function_url: FunctionUrl, step: str
) -> None:
    assert SECRET not in run(step).output
    assert SECRET not in str(aws.calls)


def test_keeps_a_key_that_the_file_has_already(aws: FakeAws, run: Run, dev_vars: Path, old_key: str) -> None:
    ran = run("aws-key")
    assert ran.code == 0
    assert "has the key AKIAOLD already" in ran.output
    assert aws.changes() == []
    assert dotenv_values(dev_vars)["AWS_SECRET_ACCESS_KEY"] == "old"
    assert dotenv_values(dev_vars)["FUNCTION_URL"] == URL


def test_never_replaces_the_key_of_somebody_else(aws: FakeAws, run: Run, dev_vars: Path, old_key: str) -> None:
    aws.answers("iam list-access-keys", [])
    before = dev_vars.read_text()
    ran = run("aws-key")
    assert ran.code == 1
    assert "AKIAOLD, which isn't one of fastapi-sample-edge-caller's" in ran.output
    assert dev_vars.read_text() == before
    assert aws.changes() == []


@pytest.mark.parametrize("keys", [["AKIAONE"], ["AKIAONE", "AKIATWO"]])
def test_makes_no_further_key_where_the_user_has_one_elsewhere(aws: FakeAws, run: Run, keys: Any) -> None:
    aws.answers("iam list-access-keys", keys)
    ran = run("aws-key")
    assert ran.code == 1
    assert f"has a key already ({', '.join(keys)})" in ran.output
    assert aws.changes() == []


def test_makes_no_key_that_could_not_be_written(
    aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEV_VARS", str(tmp_path / "nowhere" / ".dev.vars"))
    ran = run("aws-key")
    assert ran.code == 1
    assert "can't be written" in ran.output
    assert aws.changes() == []


@pytest.mark.parametrize("step", ["aws-key", "aws-rotate-key", "aws-call", "aws-check", "aws-destroy"])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.mkdir(), "can't be read (Is a directory)"),
        (lambda path: path.write_bytes("KEY=é".encode("utf-16")), "isn't UTF-8 text: save it as UTF-8"),
        (lambda path: path.symlink_to(path), "can't be read (Too many levels of symbolic links)"),
    ],
)
def test_no_key_is_made_or_deleted_with_a_file_that_can_not_be_read(
    aws: FakeAws, run: Run, dev_vars: Path, step: str, make: Callable[[Path], None], said: str
) -> None:
    make(dev_vars)
    aws.answers("iam list-access-keys", [["AKIAOLD", "Active"]] if step == "aws-check" else ["AKIAOLD"])
    if step == "aws-check":
        aws.answers("lambda get-function", ["Active", "x86_64", IMAGE, None])
    ran = run(step)
    assert ran.code == 1
    assert said in ran.output
    assert aws.changes() == []


class Disk:
    """A disk for `writes` more files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
        self.writes = writes
        monkeypatch.setattr("infra.dev_vars.os.fsync", self.fsync)

    def fsync(self, descriptor: int) -> None:
        self.writes -= 1
        if self.writes < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["aws-key", "aws-rotate-key"])
def test_a_full_disk_stops_before_a_key_is_made(
    aws: FakeAws, run: Run, dev_vars: Path, function_url: FunctionUrl, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    Disk(monkeypatch, 0)
    ran = run(step)
    assert ran.code == 1
    assert "can't be written (No space left on device)" in ran.output
    assert aws.changes() == []
    assert not list(dev_vars.parent.glob(".dev.vars*"))


@pytest.mark.parametrize("step", ["aws-key", "aws-rotate-key"])
def test_a_key_whose_secret_can_not_be_written_is_deleted_again(
    aws: FakeAws, run: Run, dev_vars: Path, function_url: FunctionUrl, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    Disk(monkeypatch, 1)
    ran = run(step)
    assert ran.code == 1
    assert "No space left on device" in ran.output
    assert aws.changes() == ["iam create-access-key", "iam delete-access-key"]
    assert aws.call("iam delete-access-key")[-1] == "AKIANEW"
    assert SECRET not in ran.output
    assert not list(dev_vars.parent.glob(".dev.vars*"))


def test_a_key_that_can_not_be_deleted_again_is_named(aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, 1)
    aws.answers("iam delete-access-key", refusal("AccessDenied"))
    ran = run("aws-key")
    assert "No space left on device" in ran.output
    assert f"delete that key: aws iam delete-access-key --user-name {USER} --access-key-id AKIANEW" in ran.output


def test_an_interruption_leaves_no_key_without_its_secret(
    aws: FakeAws, run: Run, dev_vars: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("infra.dev_vars.os.replace", interrupted)
    assert run("aws-key").code == 130
    assert aws.changes() == ["iam create-access-key", "iam delete-access-key"]


def test_a_key_needs_the_user_and_the_url(aws: FakeAws, run: Run) -> None:
    aws.answers("iam list-access-keys", NO_ENTITY)
    assert f"there is no user {USER} yet: make aws-user" in run("aws-key").output
    aws.answers("lambda get-function-url-config", NO_RESOURCE)
    assert "has no Function URL yet: make aws-url" in run("aws-key").output


def test_calls_with_the_key_of_the_file(aws: FakeAws, run: Run, old_key: str, function_url: FunctionUrl) -> None:
    ran = run("aws-call")
    assert ran.code == 0
    assert '200 {"Hello":"World"}' in ran.output
    assert function_url.requests == [(URL.split("/")[2], "AKIAOLD")]


def test_a_call_without_a_key_names_the_step_before(aws: FakeAws, run: Run) -> None:
    assert ".dev.vars has no access key: make aws-key" in run("aws-call").output


def test_a_403_is_tried_again_and_the_wait_says_so(
    aws: FakeAws, run: Run, old_key: str, function_url: FunctionUrl
) -> None:
    function_url.statuses = [403, 403, 200]
    ran = run("aws-call")
    assert ran.code == 0
    assert (
        "not allowed yet: AWS applies a new key or policy after some seconds: trying again in 3 s (0 of 9 s waited)"
        in ran.output
    )


def test_a_403_that_stays_ends_the_wait_and_says_what_to_look_at(
    aws: FakeAws, run: Run, old_key: str, function_url: FunctionUrl
) -> None:
    function_url.statuses = [403]
    ran = run("aws-call")
    assert ran.code == 1
    assert len(function_url.requests) == 4
    assert "AWS refused with AccessDeniedException: `make aws-check` says what is missing" in ran.output


def test_a_failing_function_is_no_success_and_no_wait(
    aws: FakeAws, run: Run, old_key: str, function_url: FunctionUrl
) -> None:
    function_url.statuses = [502]
    assert run("aws-call").code == 1
    assert len(function_url.requests) == 1


def test_an_unreachable_url_is_one_sentence(aws: FakeAws, run: Run, old_key: str, function_url: FunctionUrl) -> None:
    function_url.statuses = [0]
    ran = run("aws-call")
    assert ran.code == 1
    assert f"the Function URL {URL} can't be reached" in ran.output


def test_rotation_proves_the_new_key_before_the_old_one_ends(
    aws: FakeAws, run: Run, dev_vars: Path, old_key: str, function_url: FunctionUrl
) -> None:
    function_url.statuses = [403, 200]
    assert run("aws-rotate-key").code == 0
    assert [key for _, key in function_url.requests] == ["AKIANEW"] * 3
    assert aws.changes() == ["iam create-access-key", "iam update-access-key", "iam delete-access-key"]
    assert aws.call("iam update-access-key")[-3:] == ["AKIAOLD", "--status", "Inactive"]
    assert aws.call("iam delete-access-key")[-1] == "AKIAOLD"
    assert dotenv_values(dev_vars)["AWS_SECRET_ACCESS_KEY"] == SECRET


def test_a_refused_new_key_is_deleted_and_the_old_one_stays(
    aws: FakeAws, run: Run, dev_vars: Path, old_key: str, function_url: FunctionUrl
) -> None:
    function_url.statuses = [403]
    ran = run("aws-rotate-key")
    assert ran.code == 1
    assert aws.changes() == ["iam create-access-key", "iam delete-access-key"]
    assert aws.call("iam delete-access-key")[-1] == "AKIANEW"
    assert dotenv_values(dev_vars)["AWS_ACCESS_KEY_ID"] == "AKIAOLD"


def test_the_old_key_comes_back_when_the_new_one_is_refused_without_it(
    aws: FakeAws, run: Run, old_key: str, function_url: FunctionUrl
) -> None:
    function_url.statuses = [200, 403]
    assert run("aws-rotate-key").code == 1
    assert [call[-1] for call in aws.calls if call[1] == "update-access-key"] == ["Inactive", "Active"]
    assert "iam delete-access-key" not in aws.commands


def test_the_old_key_stays_until_somebody_agrees(
    aws: FakeAws, run: Run, dev_vars: Path, old_key: str, function_url: FunctionUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YES", "")
    monkeypatch.setattr("builtins.input", lambda question: "n")
    ran = run("aws-rotate-key")
    assert ran.code == 1
    assert aws.changes() == ["iam create-access-key"]
    assert "AKIAOLD still works" in ran.output


def test_a_stopped_rotation_goes_on_with_the_old_key(
    aws: FakeAws, run: Run, dev_vars: Path, old_key: str, function_url: FunctionUrl
) -> None:
    dev_vars.write_text("AWS_ACCESS_KEY_ID=AKIANEW\nAWS_SECRET_ACCESS_KEY=new\n")
    aws.answers("iam list-access-keys", ["AKIAOLD", "AKIANEW"])
    assert run("aws-rotate-key").code == 0
    assert aws.changes() == ["iam update-access-key", "iam delete-access-key"]
    assert aws.call("iam delete-access-key")[-1] == "AKIAOLD"


def test_two_keys_that_the_file_knows_nothing_of_are_for_a_person_to_decide(
    aws: FakeAws, run: Run, old_key: str
) -> None:
    aws.answers("iam list-access-keys", ["AKIAONE", "AKIATWO"])
    ran = run("aws-rotate-key")
    assert ran.code == 1
    assert "has two keys (AKIAONE, AKIATWO), as many as AWS allows" in ran.output
    assert aws.changes() == []
