"""make demo when it can't run: the reason is on the screen."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from running.ports import NotRunning, Ports
from running.services import OnLine, Services
from scripts.demo import main


def test_shows_the_log_of_a_service_that_can_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def processes(ports: Ports, on_line: OnLine) -> Iterator[Services]:
        on_line("lambda_app", "SyntaxError: invalid syntax")
        raise NotRunning("lambda_app ended with status 1: see its log above")
        yield

    monkeypatch.setattr("scripts.demo.processes", processes)
    monkeypatch.setattr("scripts.demo.stop_on_signals", lambda: None)
    monkeypatch.setattr("sys.argv", ["demo"])
    assert main() == 1
    assert capsys.readouterr().err == (
        "lambda_app  | SyntaxError: invalid syntax\ndemo: lambda_app ended with status 1: see its log above\n"
    )
