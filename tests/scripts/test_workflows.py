"""The workflows of GitHub Actions: valid, pinned, with no more rights than they need. No network is asked."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent


def run(*command: str | Path) -> str:
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.mark.parametrize(
    ("schema", "paths"), [("github-workflows", WORKFLOWS), ("dependabot", [ROOT / ".github" / "dependabot.yml"])]
)
def test_matches_its_schema(schema: str, paths: list[Path]) -> None:
    assert paths
    run(BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *paths)


def test_zizmor_finds_nothing() -> None:
    run(BIN / "zizmor", "--offline", "--no-progress", "--strict-collection", ".github")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_pins_each_action_to_a_commit_and_names_its_version(path: Path) -> None:
    for used in re.findall(r"uses: (.*)", path.read_text("utf-8")):
        assert used.startswith("./.github/") or re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used


def test_only_the_push_may_ask_for_a_token() -> None:
    asking = {
        (path.name, name)
        for path in WORKFLOWS
        for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items()
        if "id-token" in job.get("permissions", {})
    }
    assert asking == {("push.yml", "push")}


def test_tests_every_python_from_the_oldest_on() -> None:
    [test] = [path for path in WORKFLOWS if path.name == "test.yml"]
    matrix = yaml.safe_load(test.read_text("utf-8"))["jobs"]["fast"]["strategy"]["matrix"]
    [oldest] = re.findall(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert matrix == {"system": ["ubuntu-latest", "macos-latest"], "python": ["3.11", "3.12", "3.13", "3.14"]}
    assert matrix["python"][0] == oldest
