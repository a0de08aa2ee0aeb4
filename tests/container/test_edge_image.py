"""The edge caller's image: nobody's user, healthy by its own check, stopped with a sentence by a missing variable."""

import subprocess
import time

import pytest

from running.tools import DOCKER, output
from tests.container.containers import IMAGE, Container, container

EDGE_CALLER = f"{IMAGE}_edge_caller"
VARIABLES = {
    "FUNCTION_URL": "http://127.0.0.1:9",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIALOCAL00000000001",
    "AWS_SECRET_ACCESS_KEY": "not-a-real-one",
    "EDGE_BEARER_TOKEN": "not-a-real-bearer-token",
}
OPTIONS = ("--read-only", "--cap-drop", "ALL", "--network", "none", "--health-interval", "1s")

pytestmark = pytest.mark.usefixtures("images")


def settled_health(running: Container) -> str:
    deadline = time.monotonic() + 60
    while (health := running.state("Health.Status")) == "starting" and time.monotonic() < deadline:
        time.sleep(0.1)
    return health


def test_it_is_healthy_whatever_becomes_of_the_function_and_ends_in_order() -> None:
    environment = (word for name, value in VARIABLES.items() for word in ("--env", f"{name}={value}"))
    with container(EDGE_CALLER, options=(*OPTIONS, *environment)) as running:
        assert settled_health(running) == "healthy"
        output(DOCKER, "stop", "--time", "1", running.id)  # then Docker kills it, which is status 137
        assert running.state("ExitCode") == "0"


def test_it_runs_as_nobody() -> None:
    assert output(DOCKER, "run", "--rm", EDGE_CALLER, "id", "-u") == "65534"


def test_a_missing_variable_stops_it_with_one_sentence() -> None:
    run = subprocess.run([DOCKER, "run", "--rm", EDGE_CALLER], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("edge_caller: FUNCTION_URL is not set")
    assert len(run.stderr.splitlines()) == 1


def test_it_does_not_start_without_a_token() -> None:
    environment = [word for n, v in VARIABLES.items() if n != "EDGE_BEARER_TOKEN" for word in ("--env", f"{n}={v}")]
    command = [DOCKER, "run", "--rm", *environment, EDGE_CALLER]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, "set EDGE_BEARER_TOKEN" in run.stderr) == (2, True)
