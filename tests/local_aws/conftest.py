"""The stand-in in this process: a clock that stands still, files of its own to edit, and a fake for a function."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from local_aws.app import LocalAws
from local_aws.iam.access import Access
from local_aws.iam.callers import CALLERS_FILE
from policies.function import Function
from policies.render import POLICIES
from tests.local_aws.asgi import Edit, FakeRuntime, Send, ask
from tests.local_aws.signing import NOW, Request


@pytest.fixture
def function() -> Function:
    return Function()


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


@pytest.fixture
def callers_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(CALLERS_FILE, tmp_path))


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def app(request: pytest.FixtureRequest, function: Function, runtime: FakeRuntime) -> LocalAws:
    """Reads the project's own files, or the copies of a test that edits them."""

    def chosen(fixture: str, default: Path) -> Path:
        return Path(request.getfixturevalue(fixture)) if fixture in request.fixturenames else default

    callers_file, policies = chosen("callers_file", CALLERS_FILE), chosen("policies", POLICIES)
    return LocalAws(Access(function, callers_file, policies, lambda: NOW), runtime)


@pytest.fixture
def send(app: LocalAws) -> Send:
    async def send(request: Request) -> httpx.Response:
        return await ask(app, request)

    return send


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Gives the one line that the stand-in has written."""
    caplog.set_level(logging.INFO, "local_aws")

    def line() -> str:
        (only,) = [record.getMessage() for record in caplog.records if record.name == "local_aws"]
        return only

    return line


@pytest.fixture
def edit() -> Edit:
    """Edits a file, as a learner would."""

    def edit(path: Path, old: str, new: str) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return edit
