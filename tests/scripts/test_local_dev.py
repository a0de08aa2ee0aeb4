"""make local-dev as its users see it: ready, stopped, a port taken, a child that ends. Nothing is left running."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from running.ports import HOST, Ports, free_ports
from running.processes import processes
from running.services import OnLine, Services
from scripts.local_dev import main

ROOT = Path(__file__).parent.parent.parent
REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIASOMEBODYELSESKEY",
    "AWS_SECRET_ACCESS_KEY": "secret-of-the-shell",
    "AWS_SESSION_TOKEN": "token-of-the-shell",
    "FUNCTION_URL": "https://somebody-elses.lambda-url.us-east-1.on.aws/",
}


@contextmanager
def local_dev(ports: Ports, folder: Path = ROOT) -> Iterator["subprocess.Popen[str]"]:
    variables = {f"{name.upper()}_PORT": str(port) for name, port in vars(ports).items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.local_dev"],
        cwd=folder,
        env=os.environ | REAL_LOOKING | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def lines_until(process: "subprocess.Popen[str]", text: str) -> list[str]:
    lines: list[str] = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError("".join(lines))


def listening(ports: Ports) -> list[str]:
    found = []
    for name, port in vars(ports).items():
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                found.append(name)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_answers_when_it_says_so_and_leaves_nothing_when_told_to_stop(number: signal.Signals) -> None:
    ports = free_ports()
    with local_dev(ports) as process:
        lines = lines_until(process, "Stop: Ctrl-C")
        [curl] = [line for line in lines if "curl" in line]
        assert curl.strip() == f"Try:  curl -w '\\n' 'http://127.0.0.1:{ports.edge_caller}/items/42?q=hello'"
        answer = httpx.get(curl.split("'")[3], trust_env=False)
        assert answer.json() == {"item_id": 42, "q": "hello"}
        process.send_signal(number)
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest.endswith("local-dev: all stopped\n")
    assert not listening(ports)
    assert "of-the-shell" not in "".join(lines) + rest


def test_the_end_of_one_service_is_the_end_of_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, port in vars(ports := free_ports()).items():
        monkeypatch.setenv(f"{name.upper()}_PORT", str(port))

    @contextmanager
    def processes_of_which_one_is_killed(ports: Ports, on_line: OnLine, **options: Any) -> Iterator[Services]:
        with processes(ports, on_line, **options) as services:
            [local_aws] = [program for program in services.programs if program.name == "local_aws"]
            os.killpg(local_aws.process.pid, signal.SIGKILL)
            yield services

    monkeypatch.setattr("scripts.local_dev.processes", processes_of_which_one_is_killed)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    assert main() == 1
    assert "local_aws ended with status -9" in capsys.readouterr().err
    assert not listening(ports)


def test_names_a_busy_port() -> None:
    ports = free_ports()
    with socket.create_server((HOST, ports.edge_caller)), local_dev(ports) as process:
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert output == (
        f"local-dev: port {ports.edge_caller}, which edge_caller needs, can't be used (Address already in use): "
        "stop what listens there, or choose another with EDGE_CALLER_PORT=<port>\n"
    )


def test_names_an_invalid_port() -> None:
    with local_dev(Ports(edge_caller=70000)) as process:
        output, _ = process.communicate(timeout=20)
    assert output == "local-dev: EDGE_CALLER_PORT is '70000': give a port number from 1 to 65535\n"


def test_an_app_that_can_not_start_is_named_at_once_and_starts_again_when_it_is_mended(tmp_path: Path) -> None:
    """In a copy of the sources: lambda_app reloads, fails, and reloads again."""
    for package in ("lambda_app", "local_aws", "edge_caller", "policies", "running", "scripts"):
        shutil.copytree(ROOT / package, tmp_path / package)
    main_py = tmp_path / "lambda_app" / "main.py"
    sound = main_py.read_text("utf-8")
    ports = free_ports()
    with local_dev(ports, tmp_path) as process, httpx.Client(trust_env=False, timeout=10) as client:
        url = f"http://{HOST}:{ports.edge_caller}/"
        lines_until(process, "Stop: Ctrl-C")
        main_py.write_text(sound + "def broken(:\n", "utf-8")
        lines_until(process, "SyntaxError")
        assert client.get(url).status_code == 502
        lines_until(process, f"the app isn't running: nothing listens at http://{HOST}:{ports.lambda_app}; see its log")
        main_py.write_text(sound, "utf-8")
        lines_until(process, "Uvicorn running")
        assert client.get(url).json() == {"Hello": "World"}
