"""The step aws-url, on a fake AWS: the Function URL and the adapter get the same invoke mode."""

import json
from typing import Any

import pytest

from tests.infra.conftest import Run
from tests.infra.fake_aws import NAME, NO_RESOURCE, SECRET, FakeAws, Text


def test_makes_a_url_for_signed_requests_only(aws: FakeAws, run: Run) -> None:
    aws.answers("lambda get-function-url-config", NO_RESOURCE)
    aws.answers("lambda create-function-url-config", "https://...")
    assert run("aws-url").code == 0
    words = aws.call("lambda create-function-url-config")
    assert words[2:6] == ["--function-name", NAME, "--auth-type", "AWS_IAM"]


@pytest.mark.parametrize("mode", ["BUFFERED", None])
def test_keeps_a_url_that_is_right(aws: FakeAws, run: Run, mode: str) -> None:
    aws.answers("lambda get-function-url-config", ["AWS_IAM", mode])
    assert run("aws-url").code == 0
    assert aws.changes() == []


def answers_modes(aws: FakeAws, adapter: str | None, url: str, environment: Any) -> None:
    aws.answers("lambda get-function-configuration", [adapter], Text(json.dumps(environment)))
    aws.answers("lambda get-function-url-config", ["AWS_IAM", url])
    aws.answers("lambda update-function-configuration", "InProgress")
    aws.answers("lambda update-function-url-config", "https://...")


@pytest.mark.parametrize("others", [None, {"Variables": {"TOKEN": SECRET, "LEVEL": "1"}}])
def test_a_url_that_shall_stream_gets_its_mode_together_with_the_adapter(
    aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch, others: Any
) -> None:
    monkeypatch.setenv("INVOKE_MODE", "RESPONSE_STREAM")
    answers_modes(aws, None, "BUFFERED", others)
    ran = run("aws-url")
    assert ran.code == 0
    kept = (others or {"Variables": {}})["Variables"]
    assert json.loads(aws.file.read_text()) == {"Variables": kept | {"AWS_LWA_INVOKE_MODE": "response_stream"}}
    assert aws.changes() == ["lambda update-function-configuration", "lambda update-function-url-config"]
    assert aws.call("lambda update-function-url-config")[6:8] == ["--invoke-mode", "RESPONSE_STREAM"]
    assert SECRET not in ran.output
    assert not any(SECRET in word for words in aws.calls for word in words)


def test_a_url_that_streams_is_buffered_again_together_with_the_adapter(aws: FakeAws, run: Run) -> None:
    found = {"Variables": {"AWS_LWA_INVOKE_MODE": "response_stream", "LEVEL": "1"}}
    answers_modes(aws, "response_stream", "RESPONSE_STREAM", found)
    assert run("aws-url").code == 0
    assert json.loads(aws.file.read_text()) == {"Variables": {"LEVEL": "1"}}
    assert aws.call("lambda update-function-url-config")[6:8] == ["--invoke-mode", "BUFFERED"]


def test_a_mismatch_is_mended_by_changing_the_half_that_differs(
    aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOKE_MODE", "RESPONSE_STREAM")
    answers_modes(aws, "response_stream", "BUFFERED", None)
    assert run("aws-url").code == 0
    assert aws.changes() == ["lambda update-function-url-config"]


def test_a_new_url_streams_from_its_start(aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOKE_MODE", "RESPONSE_STREAM")
    aws.answers("lambda get-function-configuration", ["response_stream"])
    aws.answers("lambda get-function-url-config", NO_RESOURCE)
    aws.answers("lambda create-function-url-config", "https://...")
    assert run("aws-url").code == 0
    assert aws.call("lambda create-function-url-config")[6:8] == ["--invoke-mode", "RESPONSE_STREAM"]


def test_variables_that_aws_does_not_show_are_not_overwritten(
    aws: FakeAws, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOKE_MODE", "RESPONSE_STREAM")
    answers_modes(aws, None, "BUFFERED", {"Error": {"ErrorCode": "AccessDeniedException"}})
    ran = run("aws-url")
    assert ran.code == 1
    assert "can't read the variables of fastapi-sample" in ran.output
    assert aws.changes() == []


def test_closes_a_url_that_is_open_to_everyone(aws: FakeAws, run: Run) -> None:
    aws.answers("lambda get-function-url-config", ["NONE", "BUFFERED"])
    aws.answers("lambda update-function-url-config", "https://...")
    assert run("aws-url").code == 0
    assert "AWS_IAM" in aws.call("lambda update-function-url-config")


def test_a_url_without_a_function_names_the_step_before(aws: FakeAws, run: Run) -> None:
    aws.answers("lambda get-function-configuration", NO_RESOURCE)
    ran = run("aws-url")
    assert ran.code == 1
    assert "there is no function fastapi-sample yet: make aws-function" in ran.output
