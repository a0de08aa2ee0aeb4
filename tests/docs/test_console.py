"""A document that drifts fails, and says where: the matching and the edits are tested on documents of their own."""

from pathlib import Path

import pytest

from tests.docs.console import Drift, Learner, commands, compare, matches
from tests.docs.documents import ROOT, Block, Document

CHAPTER = Document(ROOT / "docs" / "en" / "chapter.md")


def block(text: str, language: str = "console", *words: str) -> Block:
    return Block(CHAPTER, 7, language, words, text)


@pytest.mark.parametrize(
    ("shown", "happened"),
    [
        ("same\n", "same"),
        ("date: ...\n", "date: today"),
        ("a...z\n", "a to z"),
        ("first\n...\nlast\n", "first\n2\n3\nlast\n"),
        ("first\n...\n", "first\n"),
        ("", ""),
    ],
)
def test_what_varies_may_be_left_out(shown: str, happened: str) -> None:
    assert matches(shown, happened)


@pytest.mark.parametrize(
    ("shown", "happened"),
    [
        ("same\n", "other"),
        ("date: ...\n", "time: now"),
        ("one...\n", "one\ntwo"),
        ("", "unexpected"),
        ("expected\n", ""),
        ("a.c\n", "abc"),
    ],
)
def test_what_is_shown_must_happen(shown: str, happened: str) -> None:
    assert not matches(shown, happened)


def test_a_drifted_block_names_itself_and_shows_the_difference() -> None:
    with pytest.raises(Drift) as drift:
        compare(block(""), "curl url", "200\nold\n", "200\nnew\n")
    assert str(drift.value).splitlines()[0] == "docs/en/chapter.md, line 7: curl url"
    assert {"-old", "+new"} <= set(str(drift.value).splitlines())


def test_a_command_may_go_on_after_a_backslash() -> None:
    assert commands("$ one \\\n  two\nout\n$ three\n") == [("one \\\n  two", "out\n"), ("three", "")]


def test_a_console_block_that_begins_with_output_is_refused() -> None:
    with pytest.raises(Drift):
        commands("out\n$ one\n")


def test_a_command_that_shows_something_else_is_a_drift(tmp_path: Path) -> None:
    with pytest.raises(Drift):
        Learner(tmp_path).follow(block("$ echo new\nold\n"))


def test_an_edit_replaces_its_lines(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a\nb\nc\n")
    Learner(tmp_path).follow(block(" a\n-b\n+B\n", "diff", "file"))
    assert (tmp_path / "file").read_text() == "a\nB\nc\n"


@pytest.mark.parametrize("text", ["", "b\nb\n"])
def test_an_edit_of_lines_that_are_not_there_once_is_a_drift(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    with pytest.raises(Drift):
        Learner(tmp_path).follow(block("-b\n+c\n", "diff", "file"))
