"""The documents are run: each is followed from its first block to its last, against one local stack for all.

Both languages have the same blocks (test_languages.py says so), so one is enough.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.docs.console import Drift, Learner
from tests.docs.documents import DOCS, LANGUAGES, ROOT, Block, Document, chapters, documents
from workshop.check import CHECKS

# Blocks of commands that are shown but not run here, by what they need. `running` is what the stack does already.
NEEDS = ("running", "time", "paste", "docker", "node", "aws", "cloudflare")
ALL = documents("en")
# Blocks that other tests run or compare: README's with tests/test_readme.py, the Worker's with tests/interop, that of
# keys.md with test_keys.py.
TESTED_ELSEWHERE = {("README.md", language) for language in ("python", "javascript", "json", "ini")}
TESTED_ELSEWHERE |= {("docs/en/keys.md", "python"), ("docs/en/edge-caller.md", "json")}


def curl_signs() -> bool:
    """Whether there is a curl that knows --aws-sigv4."""
    curl = shutil.which("curl")
    return (
        curl is not None
        and subprocess.run([curl, "--aws-sigv4", "a", "--version"], capture_output=True).returncode == 0
    )


@pytest.fixture(scope="module")
def learner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    if not curl_signs():
        pytest.skip("the chapters call curl 7.75 or newer, which is not installed")
    with Learner(tmp_path_factory.mktemp("project")) as one:
        yield one


@pytest.mark.parametrize("document", ALL, ids=lambda document: document.name)
def test_a_document_shows_what_happens(learner: Learner, document: Document) -> None:
    learner.start_afresh()
    for block in document.blocks():
        learner.follow(block)


def kind_of(block: Block) -> str:
    """How this block is kept true. Raises Drift for a block that nothing keeps true."""
    words = block.words
    if not words and block.language in ("console", "log"):
        return block.language
    if not words and block.language in ("text", "mermaid"):
        assert block.language == "text" or block.text.startswith(("sequenceDiagram\n", "flowchart "))
        return "drawing"
    if words == ("demo",) or (not words and (block.document.name, block.language) in TESTED_ELSEWHERE):
        return "elsewhere"
    if block.language == "console" and words[:1] == ("needs",) and set(words[1:]) <= set(NEEDS):
        return "shown"
    if len(words) == 1 and block.language != "console":
        return "edit" if block.language == "diff" else "slice"
    if len(words) == 2 and words[0] == "create":
        return "create"
    raise Drift(f"{block}: nothing tests a block of the kind {block.language!r} {words}")


@pytest.mark.parametrize("document", ALL, ids=lambda document: document.name)
def test_each_block_is_of_a_kind_that_is_tested(document: Document) -> None:
    for block in document.blocks():
        assert kind_of(block)


SLICES = [block for document in ALL for block in document.blocks() if kind_of(block) == "slice"]


@pytest.mark.parametrize("block", SLICES, ids=str)
def test_a_quoted_file_has_these_lines(block: Block) -> None:
    path = ROOT / block.words[0]
    assert path.is_file(), f"{block}: there is no {block.words[0]}"
    assert block.text in path.read_text("utf-8"), f"{block}: {block.words[0]} doesn't have these lines:\n{block.text}"


def test_each_exercise_has_a_chapter() -> None:
    named = {
        number for chapter in chapters("en") for number in re.findall(r"^\$ make chapter-(\d+)", chapter.text, re.M)
    }
    assert named == set(CHECKS)


def test_the_chapters_are_numbered_without_a_gap() -> None:
    assert [int(chapter.path.name[:2]) for chapter in chapters("en")] == list(range(1, len(chapters("en")) + 1))


def test_a_chapter_can_be_read_in_one_sitting() -> None:
    for chapter in chapters("en"):
        assert 60 <= len(chapter.text.splitlines()) <= 160, chapter.name


def test_the_picture_of_the_checks_is_the_same_wherever_it_stands() -> None:
    for language in LANGUAGES:
        chapter, page = (Document(DOCS / language / name) for name in ("02-unsigned-call.md", "403.md"))
        assert chapter.block("mermaid").text == page.block("mermaid").text
