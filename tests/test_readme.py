"""README is run: the demo's output, the snippet, the make targets and the links are what it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from running.processes import local_caller
from running.services import Services

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def block_with(text: str) -> str:
    """The fenced block of README that has this text in it."""
    [block] = [found for found in re.findall(r"```\w*\n(.*?)```\n", README, re.DOTALL) if text in found]
    return str(block)


def without_seconds(text: str) -> str:
    return re.sub(r"\d+\.\d s\.", "_ s.", text)


def test_the_demo_shows_what_readme_shows() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.demo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert without_seconds(ended.stdout) == without_seconds(block_with("answers as expected"))


def test_the_snippet_calls_the_function(services: Services) -> None:
    caller = local_caller("edge-caller")
    variables = {
        "AWS_ACCESS_KEY_ID": caller.access_key_id,
        "AWS_SECRET_ACCESS_KEY": caller.secret_access_key,
        "FUNCTION_URL": services.function_url,
    }
    command = [sys.executable, "-c", block_with("import httpx")]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ('{"Hello":"World"}\n', "")


def test_every_make_target_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README)) <= targets


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https)([^)]+)\)", README))))
def test_a_link_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).exists()


def test_every_variable_of_the_edge_is_explained() -> None:
    from edge_caller.config import NAMES

    example = (ROOT / ".dev.vars.example").read_text("utf-8")
    for name in NAMES:
        assert f"`{name}`" in README
        assert f"{name}=" in example
