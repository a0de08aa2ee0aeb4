"""The page's words in the reader's language: by `?lang=`, else by the browser's languages. There are no cookies."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request

from local_aws.reasons import LABELS, LANGUAGES

TABLE: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Words:
    """`chosen`: by the switch, so links keep it."""

    language: str = "en"
    chosen: bool = False

    def __getitem__(self, name: str) -> Any:
        return TABLE[self.language][name]

    @property
    def labels(self) -> dict[str, str]:
        return LABELS[self.language]

    def link(self, path: str) -> str:
        if not self.chosen:
            return path
        return f"{path}{'&' if '?' in path else '?'}lang={self.language}"

    def signed(self, seconds_old: float) -> str:
        """When it was signed: the time in a signature has no fractions of a second."""
        if 0 <= seconds_old < 2:
            return str(self["signed_just"])
        name = "signed_before" if seconds_old >= 0 else "signed_after"
        return str(self[name].format(seconds=self.seconds(seconds_old)))

    def seconds(self, seconds: float) -> str:
        """0.4 s, 12 ms, 9 h: two figures are enough."""
        seconds = abs(seconds)
        units = {"en": (" ms", " s", " min", " h"), "ja": (" ミリ秒", " 秒", " 分", " 時間")}[self.language]
        if seconds < 1:
            return f"{max(1, round(seconds * 1000))}{units[0]}"
        if seconds < 120:
            return f"{seconds:.1f}".removesuffix(".0") + units[1]
        return f"{round(seconds / 60)}{units[2]}" if seconds < 7200 else f"{round(seconds / 3600)}{units[3]}"


def words_of(request: Request) -> Words:
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES:
        return Words(chosen, True)
    return Words(preferred(request.headers.get("accept-language", "")))


def preferred(accepted: str) -> str:
    """The first of the browser's languages that the page has."""
    for name in re.findall(r"(?:^|,)\s*([a-zA-Z]{2})", accepted):
        if name.lower() in LANGUAGES:
            return str(name.lower())
    return "en"
