"""The container tests' own: all of them are marked, skipped without Docker, and find the images built."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from running.tools import DOCKER, ToolError, check_engine, output
from tests.container.containers import IMAGE, build

HERE = Path(__file__).parent
tested_adapter = pytest.StashKey[str]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.container)


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    try:
        check_engine()
    except ToolError as error:
        pytest.skip(f"the container tests need Docker: {error}")


@pytest.fixture(scope="session")
def images(engine: None, pytestconfig: pytest.Config) -> Iterator[str]:
    """All images, built under a name of the tests' own: the name before the tag. Their layers stay in the cache."""
    build()
    pytestconfig.stash[tested_adapter] = adapter_version()
    yield IMAGE
    output(DOCKER, "rmi", "--force", *(f"{IMAGE}{end}" for end in ("", ":local", "_edge_caller", "_local_aws")))


def adapter_version() -> str:
    """Read from the binary in the image: a tag may promise another."""
    command = [DOCKER, "run", "--rm", f"{IMAGE}:latest", "cat", "/opt/extensions/lambda-adapter"]
    binary = subprocess.run(command, capture_output=True, check=True).stdout
    found = re.search(rb"lambda_web_adapter-([0-9][0-9a-z.-]*)", binary)
    return f"crate {found[1].decode()}" if found else f"a release of {len(binary)} bytes that doesn't name its version"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if tested_adapter in config.stash:
        terminalreporter.write_line(f"Lambda Web Adapter tested: {config.stash[tested_adapter]}")
