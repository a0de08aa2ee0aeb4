"""The Japanese documents and the English ones are the same lesson: pages, headings, anchors, links, blocks."""

import re

import pytest

from tests.docs.documents import DOCS, README, Block, Document, documents

COMMENT = re.compile(r"(?<=\s)(#|//) .*$", re.MULTILINE)
LABELS = (r'"[^"]*"', r"(?<= as ).+$", r"(?<=: ).+$", r"(?<=-- ).+?(?= -->)", r"(?<=[\[({])[^\[\](){}\n]+(?=[\])}])")


def without_language(link: str) -> str:
    """Each document links AWS's pages, the README and the file names of its own language."""
    for ours, shared in (("docs.aws.amazon.com/ja_jp/", "docs.aws.amazon.com/"), ("README.ja.md", "README.md")):
        link = link.replace(ours, shared)
    return re.sub(r"\bdocs/ja/", "docs/en/", link)


def content(block: Block) -> tuple[str, tuple[str, ...], str]:
    """What must be equal. The labels of a drawing and the comments of a block of our own are in the page's language."""
    text = block.text
    if block.language == "mermaid":
        text = re.sub("|".join(LABELS), "", text, flags=re.MULTILINE)
    elif not block.words or block.words[0] == "needs":
        text = re.sub(r" +$", "", COMMENT.sub("", text), flags=re.MULTILINE)
    return block.language, tuple(word.replace("README.ja.md", "README.md") for word in block.words), text


def test_each_document_is_there_in_both_languages() -> None:
    assert [d.path.name for d in documents("en")[1:]] == [d.path.name for d in documents("ja")[1:]] != []


@pytest.mark.parametrize("english", documents("en"), ids=lambda document: document.name)
class TestBothLanguages:
    def test_have_the_same_headings_at_the_same_levels(self, english: Document) -> None:
        assert [level for level, _ in english.headings()] == [level for level, _ in japanese(english).headings()]

    def test_have_the_same_anchors(self, english: Document) -> None:
        assert english.anchors() == japanese(english).anchors()

    def test_have_the_same_links(self, english: Document) -> None:
        links = [without_language(link) for link in japanese(english).links()]
        assert sorted(links) == sorted(without_language(link) for link in english.links())

    def test_have_the_same_blocks(self, english: Document) -> None:
        assert [content(block) for block in japanese(english).blocks()] == [content(b) for b in english.blocks()]


def japanese(english: Document) -> Document:
    return Document(README["ja"] if english.path == README["en"] else DOCS / "ja" / english.path.name)
