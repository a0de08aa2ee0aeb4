"""What all tests share: asyncio as the backend, and in CI a skip that nobody listed is a failure.

tests/expected_skips.txt lists the others: a test's ID, and the reason it may be skipped for.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from running.ports import free_ports
from running.processes import processes
from running.services import Services

EXPECTED_SKIPS = Path(__file__).parent / "expected_skips.txt"

# With a deadline, a test of made-up inputs would fail on a busy machine.
hypothesis.settings.register_profile("untimed", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """The three services as processes, one set for all tests that only call them."""
    lines: list[str] = []
    with processes(free_ports(), lambda service, line: lines.append(line)) as services:
        yield services
    assert not [line for line in lines if "Traceback" in line]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail") and not is_expected(item.nodeid):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, which {EXPECTED_SKIPS.name} doesn't list: {report.longrepr}"
    return report


def is_expected(nodeid: str) -> bool:
    lines = EXPECTED_SKIPS.read_text("utf-8").splitlines()
    return nodeid in {line.split(" ")[0] for line in lines if line and not line.startswith("#")}
