"""What the interop tests share: the local stack, the Worker on its platforms, and the figures printed at the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws.iam.callers import Caller
from policies.function import Function
from running.processes import local_caller
from running.services import Services
from tests.interop.platforms import pyodide_worker, workerd_worker
from tests.interop.upstream import Upstream, running
from worker.build import build


@pytest.fixture(scope="session")
def function_url(services: Services) -> str:
    """The stand-in's, with lambda_app behind it."""
    return services.function_url


@pytest.fixture(scope="session")
def caller() -> Caller:
    return local_caller("edge-caller")


@pytest.fixture(scope="session")
def variables(function_url: str, caller: Caller) -> dict[str, str]:
    """What .dev.vars would hold."""
    return {
        "FUNCTION_URL": function_url,
        "AWS_REGION": Function().region,
        "AWS_ACCESS_KEY_ID": caller.access_key_id,
        "AWS_SECRET_ACCESS_KEY": caller.secret_access_key,
    }


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def built_worker() -> list[Path]:
    return build()


@pytest.fixture(scope="session")
def python_worker(variables: dict[str, str], built_worker: list[Path]) -> Iterator[dict[str, Any]]:
    with pyodide_worker(variables | {"EDGE_OPEN_TO_ANYONE": "yes"}) as worker:
        yield worker


@pytest.fixture(scope="session")
def hono_worker(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with workerd_worker("hono_worker.mjs", variables, tmp_path_factory.mktemp("hono")) as url:
        yield url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures that tests recorded, such as the Worker's size."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties if report.when == "call" else ():
            terminalreporter.write_line(f"{name}: {value}")
