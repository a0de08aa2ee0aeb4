"""An account in which everything exists, a Function URL that answers as told, and the steps run on them."""

import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from infra import waiting
from infra.__main__ import main
from tests.infra.fake_aws import EXISTING, REGION, FakeAws


@pytest.fixture
def dev_vars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / ".dev.vars"
    monkeypatch.setenv("DEV_VARS", str(path))
    return path


@pytest.fixture
def aws(tmp_path: Path, dev_vars: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """An account in which everything exists, and is as it should be, but for a key."""
    for name in [name for name in os.environ if name.startswith(("AWS", "ECR_", "FUNCTION_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr("running.tools.DOCKER", str(tmp_path / "no-docker"))
    monkeypatch.setenv("YES", "1")
    monkeypatch.setenv("WAIT_SECONDS", "9")
    monkeypatch.setattr(waiting, "sleep", lambda seconds: None)
    fake = FakeAws(tmp_path)
    for command, answer in EXISTING.items():
        fake.answers(command, answer)
    return fake


class FunctionUrl:
    """Answers with `statuses`, the last one again and again, and keeps each request's Host and key ID."""

    def __init__(self) -> None:
        self.statuses = [200]
        self.requests: list[tuple[str, str]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        key = request.headers["authorization"].partition("Credential=")[2].partition("/")[0]
        self.requests.append((request.headers["host"], key))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == 0:
            raise httpx.ConnectError("no such host")
        body = {"Hello": "World"} if status == 200 else {"Message": "Forbidden"}
        return httpx.Response(status, json=body, headers={"x-amzn-errortype": "AccessDeniedException"})


@pytest.fixture
def function_url() -> FunctionUrl:
    return FunctionUrl()


class Ran:
    """How a step ended: its exit code, and all that it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str], step: str, function_url: FunctionUrl) -> None:
        self.code = main([step], httpx.MockTransport(function_url.answer))
        self.output = "".join(capsys.readouterr())


Run = Callable[[str], Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], function_url: FunctionUrl) -> Run:
    return lambda step: Ran(capsys, step, function_url)
