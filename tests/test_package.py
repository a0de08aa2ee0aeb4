"""The wheel: built and installed into empty environments without a network, and README's snippet run from elsewhere.

An environment gets the wheel by pip, and links to those of this environment's packages that the wheel asks for.
"""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from running.processes import local_caller
from running.services import Services
from tests.docs.documents import README, Document

ROOT = Path(__file__).parent.parent
PACKAGES = ("edge_caller", "local_aws", "policies")
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
OFFLINE = ["--no-index", "--no-deps"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

Run = Callable[..., str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([*PIP, "wheel", *OFFLINE, "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    [wheel] = folder.glob("*.whl")
    return wheel


def needed(found: Distribution, extras: tuple[str, ...]) -> Iterator[Distribution]:
    """What a distribution with these extras asks for, and what that asks for."""
    for text in found.requires or ():
        requirement = Requirement(text)
        if not requirement.marker or any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            other = distribution(requirement.name)
            yield other
            yield from needed(other, tuple(requirement.extras))


def environment(folder: Path, wheel: Path, *extras: str) -> Run:
    """An environment of its own with the wheel and its extras. Gives what a command prints, run from elsewhere."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    binaries = folder / "env" / "bin"
    subprocess.run([*PIP, "--python", binaries / "python", "install", *OFFLINE, wheel], check=True)
    [site] = (folder / "env").glob("lib/python*/site-packages")
    [installed] = distributions(path=[str(site)])
    for other in needed(installed, extras):
        for file in other.files or ():
            name = file.parts[0]
            if name not in ("..", "__pycache__") and not (site / name).exists():
                (site / name).symlink_to(str(other.locate_file(name)))

    def run(command: str, *arguments: str, **variables: str) -> str:
        done = subprocess.run(
            [binaries / command, *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "DEV_VARS": "", **variables},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_wheel_holds_every_file_of_its_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    files = {path.relative_to(ROOT).as_posix() for path in paths if path.is_file() and path.suffix != ".pyc"}
    assert held == files
    assert {"local_aws/iam/callers.toml", "policies/call-function-url.json"} < held


@pytest.mark.parametrize("language", README)
def test_readmes_snippet_runs_where_the_wheel_alone_is_installed(
    wheel: Path, tmp_path: Path, services: Services, language: str
) -> None:
    [snippet] = [
        block.text
        for block in Document(README[language]).blocks()
        if block.language == "python" and "SigV4Auth(" in block.text
    ]
    caller = local_caller("edge-caller")
    key = {"AWS_ACCESS_KEY_ID": caller.access_key_id, "AWS_SECRET_ACCESS_KEY": caller.secret_access_key}
    run = environment(tmp_path, wheel)
    others = "import importlib.util as u; print([n for n in ('starlette', 'granian', 'botocore') if u.find_spec(n)])"
    assert run("python", "-c", others) == "[]\n"
    printed = run("python", "-c", snippet, FUNCTION_URL=services.function_url, **key)
    assert json.loads(printed) == {"Hello": "World"}


COMMANDS: dict[str, list[tuple[str, ...]]] = {
    "server": [
        ("python", "-m", "edge_caller", "--help"),
        ("python", "-c", "import edge_caller.process.aiohttp_transport"),
    ],
    "local-aws": [
        ("python", "-m", "local_aws", "--help"),
        ("python", "-c", "from local_aws.app import create_app; create_app()"),
        ("why-403", "--help"),
    ],
    "httpx2": [("python", "-c", "from edge_caller.signer.httpx2_auth import SigV4Auth")],
}


@pytest.mark.parametrize("extra", COMMANDS)
def test_an_extra_has_all_that_its_commands_need(wheel: Path, tmp_path: Path, extra: str) -> None:
    run = environment(tmp_path, wheel, extra)
    for command in COMMANDS[extra]:
        run(*command)


@pytest.mark.parametrize(("extra", "group"), [("server", "edge_caller"), ("local-aws", "local_aws")])
def test_an_extra_asks_for_the_versions_that_are_tested(extra: str, group: str) -> None:
    project = PROJECT["project"]
    asked = {*project["dependencies"], *project["optional-dependencies"][extra]}
    assert asked == {*PROJECT["dependency-groups"][group]}


def test_the_wheel_is_built_by_the_version_that_is_tested() -> None:
    [requirement] = PROJECT["build-system"]["requires"]
    assert requirement == f"hatchling=={distribution('hatchling').version}"
    assert requirement in PROJECT["dependency-groups"]["dev"]
