"""README keeps its word: size, demo, snippets, policy. tests/docs checks it as it checks every document."""

import json
import os
import re
import subprocess
import sys

import pytest

from running.processes import local_caller
from running.services import Services
from tests.docs.console import commands, matches
from tests.docs.documents import DOCS, LANGUAGES, README, ROOT, Document, documents

ENGLISH = Document(README["en"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_readme_is_at_most_150_lines(language: str) -> None:
    assert len(Document(README[language]).text.splitlines()) <= 150


def test_the_demo_shows_what_the_documents_show() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.demo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    shown = [dict(commands(ENGLISH.block("console", "needs", "running").text))["make demo"]]
    blocks = [block for document in documents("en") for block in document.blocks() if block.words == ("demo",)]
    shown += [f"...\n{block.text}...\n" for block in blocks]
    for text in shown:
        assert matches(text, ended.stdout), f"{text}\nis not what happened:\n{ended.stdout}"
    assert blocks


def test_the_snippet_calls_the_function(services: Services) -> None:
    caller = local_caller("edge-caller")
    variables = {
        "AWS_ACCESS_KEY_ID": caller.access_key_id,
        "AWS_SECRET_ACCESS_KEY": caller.secret_access_key,
        "FUNCTION_URL": services.function_url,
    }
    command = [sys.executable, "-c", ENGLISH.block("python").text]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ('{"Hello":"World"}\n', "")


def test_the_policy_is_the_one_that_is_deployed() -> None:
    deployed = (ROOT / "policies" / "call-function-url.json").read_text("utf-8")
    assert json.loads(ENGLISH.block("json").text) == json.loads(deployed)


def test_the_variables_shown_are_those_that_the_edge_caller_requires() -> None:
    from edge_caller.config import VARIABLE_NAMES

    shown = re.findall(r"^(\w+)=", ENGLISH.block("ini").text, re.MULTILINE)
    example = (ROOT / ".dev.vars.example").read_text("utf-8")
    assert shown == re.findall(r"^(\w+)=", example, re.MULTILINE)
    assert set(shown) <= set(VARIABLE_NAMES)


def test_only_readme_tells_what_to_do_about_each_error_type() -> None:
    """A table of error types that stands twice says two things before long."""
    for language in LANGUAGES:
        for path in (DOCS / language).glob("*.md"):
            rows = re.findall(
                r"^\| `(?:AccessDenied|InvalidSignature|Unrecognized|Incomplete)\w+`", path.read_text(), re.M
            )
            assert rows == [], f"{path.name}: link README's table, #403"


def test_every_variable_of_the_edge_is_in_the_example_and_on_its_page() -> None:
    from edge_caller.config import VARIABLE_NAMES

    example = (ROOT / ".dev.vars.example").read_text("utf-8")
    pages = [(DOCS / language / "edge-caller.md").read_text("utf-8") for language in LANGUAGES]
    for name in VARIABLE_NAMES:
        assert all(f"`{name}`" in page for page in pages)
        assert f"{name}=" in example
