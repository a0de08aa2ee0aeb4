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
lambda_http = pytest.StashKey[str]()  # the crate of the adapter that decides about cookies and headers


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
    binary = adapter_binary()
    pytestconfig.stash[tested_adapter] = adapter_version(binary)
    pytestconfig.stash[lambda_http] = version_of(b"lambda_http", binary) or "unknown"
    yield IMAGE
    output(DOCKER, "rmi", "--force", *(f"{IMAGE}{end}" for end in ("", ":local", "_edge_caller", "_local_aws")))


def adapter_binary() -> bytes:
    command = [DOCKER, "run", "--rm", f"{IMAGE}:latest", "cat", "/opt/extensions/lambda-adapter"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def adapter_version(binary: bytes) -> str:
    """Read from the binary in the image: a tag may promise another."""
    version = version_of(b"lambda_web_adapter", binary)
    return f"crate {version}" if version else f"a release of {len(binary)} bytes that doesn't name its version"


def version_of(crate: bytes, binary: bytes) -> str | None:
    """From the paths of its sources, which a panic would name."""
    found = re.search(crate + rb"-([0-9][0-9a-z.-]*)", binary)
    return found[1].decode() if found else None


@pytest.fixture(scope="session")
def is_old_adapter(images: str, pytestconfig: pytest.Config) -> bool:
    """With a lambda_http before 1.2: adapters up to 1.0.0."""
    version = [int(part) for part in re.findall(r"\d+", pytestconfig.stash[lambda_http])[:2]]
    return bool(version) and version < [1, 2]


@pytest.fixture
def cookies_as_in_this_adapter(is_old_adapter: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """lambda_http joins the cookies with a blank from 1.2 on."""
    if is_old_adapter:
        monkeypatch.setattr("local_aws.function.adapter.COOKIE_SEPARATOR", ";")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if tested_adapter in config.stash:
        versions = f"{config.stash[tested_adapter]}, with lambda_http-{config.stash[lambda_http]}"
        terminalreporter.write_line(f"Lambda Web Adapter tested: {versions}")
