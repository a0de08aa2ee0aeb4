"""make local-dev as its users see it: ready, stopped, a port taken, a child that ends. Nothing is left running."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from running.processes import HOST, Ports, Stack, answers, free_ports
from scripts.local_dev import main

ROOT = Path(__file__).parent.parent.parent
REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIASOMEBODYELSESKEY",
    "AWS_SECRET_ACCESS_KEY": "secret-of-the-shell",
    "AWS_SESSION_TOKEN": "token-of-the-shell",
    "FUNCTION_URL": "https://somebody-elses.lambda-url.us-east-1.on.aws/",
}


@contextmanager
def local_dev(ports: Ports) -> Iterator["subprocess.Popen[str]"]:
    variables = {f"{name.upper()}_PORT": str(port) for name, port in vars(ports).items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.local_dev"],
        cwd=ROOT,
        env=os.environ | REAL_LOOKING | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
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
        assert curl.strip() == f"Try:  curl 'http://127.0.0.1:{ports.edge_caller}/items/42?q=hello'"
        answer = httpx.get(curl.split("'")[1], trust_env=False)
        assert answer.json() == {"item_id": 42, "q": "hello"}
        process.send_signal(number)
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest.endswith("local-dev: all stopped\n")
    assert not listening(ports)
    assert "of-the-shell" not in "".join(lines) + rest


def test_the_end_of_one_service_is_the_end_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, port in vars(ports := free_ports()).items():
        monkeypatch.setenv(f"{name.upper()}_PORT", str(port))

    class FrailStack(Stack):
        def check(self) -> None:
            if len(self._processes) == 3 and answers(ports.edge_caller, "/_edge/health"):
                os.killpg(self._processes["local_aws"].pid, signal.SIGKILL)
                self._processes["local_aws"].wait()
            super().check()

    monkeypatch.setattr("scripts.local_dev.Stack", FrailStack)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    assert main() == 1
    assert not listening(ports)


def test_names_a_port_that_is_taken() -> None:
    ports = free_ports()
    with socket.create_server((HOST, ports.edge_caller)), local_dev(ports) as process:
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert output == (
        f"local-dev: port {ports.edge_caller}, which edge_caller needs, can't be used (Address already in use): "
        "stop what listens there, or choose another with EDGE_CALLER_PORT=<port>\n"
    )


def test_names_a_port_that_is_none() -> None:
    with local_dev(Ports(edge_caller=70000)) as process:
        output, _ = process.communicate(timeout=20)
    assert output == "local-dev: EDGE_CALLER_PORT is '70000': give a port number from 1 to 65535\n"
