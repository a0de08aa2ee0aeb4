"""`make demo-docker` and `make local-dev-docker`: the whole way in containers, and nothing of it left afterwards."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from running.images import ROOT
from running.ports import free_ports
from running.tools import DOCKER, ENVIRONMENT, ToolError, compose_program, output
from tests.container.containers import IMAGE

PORTS = ("LOCAL_AWS_PORT", "EDGE_CALLER_PORT", "INSPECTOR_PORT")
TEST_ENVIRONMENT = ENVIRONMENT | {"IMAGE": IMAGE}


@pytest.fixture(autouse=True)
def compose(images: str) -> Iterator[None]:
    """Skips without Compose, and fails a test that leaves a container or a network of its project behind."""
    try:
        output(*compose_program(), "version")
    except ToolError as error:
        pytest.skip(f"needs docker compose or docker-compose: {error}")
    yield
    assert output(DOCKER, "ps", "--all", "--quiet", "--filter", f"name={IMAGE}_") == ""
    assert output(DOCKER, "network", "ls", "--quiet", "--filter", f"name={IMAGE}_") == ""


def test_the_demo_runs_its_calls_through_the_containers() -> None:
    command = [sys.executable, "-m", "scripts.demo", "--docker"]
    demo = subprocess.run(command, cwd=ROOT, env=TEST_ENVIRONMENT, capture_output=True, text=True, check=False)
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "8 of 8 answers as expected" in demo.stdout


ASSUME = """
import httpx, sys
fields = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleSessionName": "container",
          "RoleArn": "arn:aws:iam::123456789012:role/edge-caller-role", "WebIdentityToken": sys.stdin.read().strip()}
answer = httpx.post("http://local_aws:9010/sts", data=fields)
print(answer.status_code, "assumed-role/edge-caller-role/container" in answer.text)
"""


def in_container(service: str, *command: str, text: str = "") -> str:
    """What the command prints in the service's container."""
    name = output(DOCKER, "ps", "--quiet", "--filter", f"name={IMAGE}_.*{service}")
    run = [DOCKER, "exec", "--interactive", name, *command]
    return subprocess.run(run, input=text, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_local_dev_says_where_it_is_shows_the_logs_and_ends_when_asked_to(number: signal.Signals) -> None:
    ports = free_ports()
    chosen = {"LOCAL_AWS_PORT": str(ports.local_aws), "EDGE_CALLER_PORT": str(ports.edge_caller)}
    command = [sys.executable, "-m", "scripts.local_dev", "--docker"]
    lines = []
    with subprocess.Popen(
        command, cwd=ROOT, env=TEST_ENVIRONMENT | chosen, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if "Stop: Ctrl-C" in line:
                url = f"http://127.0.0.1:{ports.edge_caller}/items/42?q=hello"
                assert url in "".join(lines)
                assert httpx.get(url, timeout=60, trust_env=False).json() == {"item_id": 42, "q": "hello"}
                token = in_container("local_aws", "python", "-m", "local_aws.sts")
                assert in_container("edge_caller", "python", "-c", ASSUME, text=token) == "200 True"
            if line.rstrip().endswith(" GET /items/42"):  # Compose 1 drops lines once it has been told to stop
                os.kill(process.pid, number)
    log = "".join(lines)
    assert process.returncode == 0, log
    assert re.search(r"200 +200 .* GET /items/42", log), log
    assert "lambda_app  | START RequestId" in log


def test_an_event_arrives_through_the_containers_before_its_stream_ends() -> None:
    """The stream would last 500 seconds, and the function has 30: a response that is sent whole would be a 502."""
    ports = free_ports()
    chosen = {name: str(getattr(ports, name.removesuffix("_PORT").lower())) for name in PORTS}
    command = [sys.executable, "-m", "scripts.local_dev", "--docker"]
    environment = TEST_ENVIRONMENT | chosen | {"INVOKE_MODE": "RESPONSE_STREAM"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if "Stop: Ctrl-C" in line:
                url = f"http://127.0.0.1:{ports.edge_caller}/stream?count=100&delay_seconds=5"
                with httpx.stream("GET", url, timeout=60, trust_env=False) as response:
                    assert response.status_code == 200
                    assert next(line for line in response.iter_lines() if line.startswith("data:"))
                os.kill(process.pid, signal.SIGINT)
    assert process.returncode == 0
