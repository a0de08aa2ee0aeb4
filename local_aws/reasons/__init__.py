"""Why AWS refuses a request, in words: findings, and the table of their texts by code, in English and Japanese.

    finding = Finding("path_decoded", proved=True, details={"signed": "/a b", "came": "/a%2520b"})
    finding.because()          what is wrong: a sentence
    finding.do_this("ja")      what to change, in Japanese
    finding.line()             both in one line of ASCII, for a header and the log

Log, header, page, `why-403` and demo name the three things alike: *AWS says* / *because* / *do this* (LABELS).
The texts are in the files `*.toml` beside this one. A `{name}` in them is one of the finding's details.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LABELS = {
    "en": {
        "aws_says": "AWS says",
        "because": "because",
        "do_this": "do this",
        "proved": "proved",
        "likely": "likely",
    },
    "ja": {
        "aws_says": "AWS の応答",
        "because": "原因",
        "do_this": "対処",
        "proved": "確認済み",
        "likely": "可能性が高い",
    },
}
LANGUAGES = tuple(LABELS)
MAX_DETAIL_CHARACTERS = 200


def language_of(environment: Mapping[str, str] = os.environ) -> str:
    """By LC_ALL, LC_MESSAGES and LANG, in that order, as every program of the terminal does."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "ja" if locale.lower().startswith("ja") else "en"


@dataclass(frozen=True)
class Finding:
    """One mistake.

    `proved`: with this mistake the signature was recomputed to the last digit, or the request itself shows it, as in
    a check that AWS makes before it compares signatures. All else is likely. `details` fill the text; where a value
    differs they are `signed` and `came`. No secret access key, signing key, session token or signature is among them.
    """

    code: str
    proved: bool
    details: dict[str, str] = field(default_factory=dict)

    def because(self, language: str = "en") -> str:
        return self._text("because", language)

    def do_this(self, language: str = "en") -> str:
        return self._text("do", language)

    def certainty(self, language: str = "en") -> str:
        return LABELS[language]["proved" if self.proved else "likely"]

    def line(self) -> str:
        """One line of ASCII, for the log and the response header."""
        text = f"{self.because()} {self.do_this()}".strip()
        return text if self.proved else f"Likely: {text}"

    def _text(self, kind: str, language: str) -> str:
        values = {name: visible(value) for name, value in self.details.items()}
        if language == "en":
            values = {name: ascii(value)[1:-1].replace("\\\\", "\\") for name, value in values.items()}
        text = TEXTS[self.code][kind if language == "en" else f"{kind}_{language}"]
        return text.format_map(values)


def visible(text: str) -> str:
    """On one line and of bounded length, invisible characters by their escapes."""
    if len(text) > MAX_DETAIL_CHARACTERS:
        text = text[:MAX_DETAIL_CHARACTERS] + "..."
    return printable(text)


def printable(text: str) -> str:
    """One line, whatever a client sent: nothing of it can begin another line of the log."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def line_of(findings: tuple[Finding, ...]) -> str:
    """All findings in one line of ASCII."""
    return " ".join(finding.line() for finding in findings)


def read_texts() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        texts |= tomllib.loads(path.read_text("utf-8"))
    return texts


TEXTS = read_texts()
