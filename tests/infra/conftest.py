"""An account in which everything exists, a Function URL that answers as told, and the steps run on them."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

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
    monkeypatch.setenv("DOCKER", str(tmp_path / "no-docker"))
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


@pytest.fixture
def function_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[FunctionUrl]:
    state = FunctionUrl()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            key = self.headers["authorization"].partition("Credential=")[2].partition("/")[0]
            state.requests.append((self.headers["host"], key))
            status = state.statuses.pop(0) if len(state.statuses) > 1 else state.statuses[0]
            body = b'{"Hello":"World"}' if status == 200 else b'{"Message":"Forbidden"}'
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.send_header("x-amzn-errortype", "AccessDeniedException")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("FUNCTION_URL_VIA", f"http://127.0.0.1:{server.server_port}")
        yield state
        server.shutdown()
        thread.join()


class Ran:
    """How a step ended: its exit code, and all that it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str], step: str) -> None:
        self.code = main([step])
        self.output = "".join(capsys.readouterr())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda step: Ran(capsys, step)
