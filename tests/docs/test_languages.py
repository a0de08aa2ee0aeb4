"""The Japanese documents and the English ones are the same lesson: chapters, headings, anchors, links, blocks."""

import pytest

from tests.docs.documents import DOCS, ROOT, Block, Document, documents


def without_language(link: str) -> str:
    """AWS has its pages in both languages; each document links its own."""
    return link.replace("docs.aws.amazon.com/ja_jp/", "docs.aws.amazon.com/")


def content(blocks: list[Block]) -> list[tuple[str, tuple[str, ...], str]]:
    return [(block.language, block.words, block.text) for block in blocks]


def test_each_document_is_there_in_both_languages() -> None:
    assert [d.path.name for d in documents("en")] == [d.path.name for d in documents("ja")] != []


@pytest.mark.parametrize("english", documents("en"), ids=lambda document: document.path.stem)
class TestBothLanguages:
    def test_have_the_same_headings_at_the_same_levels(self, english: Document) -> None:
        assert [level for level, _ in english.headings()] == [level for level, _ in japanese(english).headings()]

    def test_have_the_same_anchors(self, english: Document) -> None:
        assert english.anchors() == japanese(english).anchors()

    def test_have_the_same_links(self, english: Document) -> None:
        links = [without_language(link) for link in japanese(english).links()]
        assert sorted(links) == sorted(english.links())

    def test_have_the_same_blocks_byte_for_byte(self, english: Document) -> None:
        assert content(japanese(english).blocks()) == content(english.blocks())


def japanese(english: Document) -> Document:
    return Document(DOCS / "ja" / english.path.name)


def test_both_readmes_have_the_same_sections_and_blocks() -> None:
    english, other = Document(ROOT / "README.md"), Document(ROOT / "README.ja.md")
    assert [level for level, _ in other.headings()] == [level for level, _ in english.headings()]
    assert [block.text for block in other.blocks()] == [block.text for block in english.blocks()]
