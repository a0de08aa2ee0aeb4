"""The documents taken apart: their fenced blocks, headings, anchors and links. It checks nothing itself."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
LANGUAGES = ("en", "ja")
ENGLISH_ONLY = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
README = {"en": ROOT / "README.md", "ja": ROOT / "README.ja.md"}
FENCED = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """`language` and `words` follow the opening fence, as in ```` ```python edge_caller/signer/sigv4.py ````."""

    document: "Document"
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.document.name}, line {self.line}"


@dataclass(frozen=True)
class Document:
    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """The text without its blocks."""
        return FENCED.sub("", self.text)

    def blocks(self) -> list[Block]:
        text = self.text
        found = []
        for match in FENCED.finditer(text):
            language, *words = match[1].split() or [""]
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(self, line, language, tuple(words), match[2]))
        return found

    def block(self, language: str, *words: str) -> Block:
        """The one block with this opening fence."""
        [found] = [block for block in self.blocks() if (block.language, block.words) == (language, words)]
        return found

    def headings(self) -> list[tuple[int, str]]:
        """Level and text."""
        return [(len(marks), text) for marks, text in re.findall(r"^(#+) (.+)$", self.prose, re.MULTILINE)]

    def anchors(self) -> list[str]:
        """The anchors written out; those that GitHub makes of headings differ from language to language."""
        return re.findall(r'<a id="([^"]+)"></a>', self.prose)

    def links(self) -> list[str]:
        return re.findall(r"\]\(([^)\s]+)\)", self.prose)


def documents(language: str) -> list[Document]:
    """README first, then the pages of docs/."""
    return [Document(README[language]), *map(Document, sorted((DOCS / language).glob("*.md")))]


def chapters(language: str) -> list[Document]:
    return [Document(path) for path in sorted((DOCS / language).glob("[0-9][0-9]-*.md"))]
