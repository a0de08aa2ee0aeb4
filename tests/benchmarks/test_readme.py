"""README's measured parts: replaced between their marks, and marks and charts are there."""

import re

import pytest

from benchmarks.readme import README, picture, replaced


def test_replaces_what_stands_between_the_marks() -> None:
    once = replaced("before\n<!-- edge -->\nold\n<!-- /edge -->\nafter\n", "edge", "| new |")
    assert once == "before\n<!-- edge -->\n\n| new |\n\n<!-- /edge -->\nafter\n"
    assert replaced(once, "edge", "| new |") == once


@pytest.mark.parametrize(
    "text",
    [
        "no marks\n",
        "<!-- edge -->\n",
        "<!-- /edge -->\n<!-- edge -->\n",
        "<!-- edge -->\n<!-- /edge -->\n" * 2,
        "<!-- edge-soak -->\n<!-- /edge-soak -->\n",
    ],
)
def test_rejects_a_document_without_both_marks(text: str) -> None:
    with pytest.raises(ValueError, match="<!-- edge -->"):
        replaced(text, "edge", "| new |")


@pytest.mark.parametrize("name", ["signing", "edge", "edge-workers", "edge-soak", "streaming"])
def test_readme_has_the_marks_of_each_benchmark(name: str) -> None:
    replaced(README.read_text("utf-8"), name, "")


def test_a_picture_has_a_chart_for_each_colour_scheme() -> None:
    text = picture("edge/cpu", "a chart")
    assert re.findall(r'"(edge/[^"]+)"', text) == ["edge/cpu-dark.svg", "edge/cpu-light.svg"]


def test_the_charts_that_readme_shows_are_there() -> None:
    for path in re.findall(r'(?:src|srcset)="([^"]+)"', README.read_text("utf-8")):
        assert (README.parent / path).is_file(), path
