"""Writes the table of the guide page: what is assumed about AWS, or what AWS said. `python -m conformance.page`.

conformance.json, as a run on an account writes it, turns "assumed" into "confirmed" or "AWS differs".
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.case import read_cases

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "conformance.json"
TABLE = re.compile(r"(?<=<!-- cases -->\n).*?(?=<!-- end of the cases -->)", re.DOTALL)
WORDS = {
    "en": {
        "head": ("case", "what is claimed", "how it is known"),
        "assumed": "assumed",
        "agrees": "confirmed on AWS, {date}",
        "differs": "AWS differs, {date}",
    },
    "ja": {
        "head": ("ケース", "内容", "根拠"),
        "assumed": "推定",
        "agrees": "AWS で確認済み ({date})",
        "differs": "AWS では異なる ({date})",
    },
}


def results() -> dict[str, Any]:
    """What AWS said, if there was a run on an account."""
    return dict(json.loads(RESULTS.read_text("utf-8"))) if RESULTS.exists() else {"date": "", "cases": []}


def table(language: str, run: Mapping[str, Any]) -> str:
    """The cases that no source confirms, with what a run on an account said of them; and what it found wrong."""
    words = WORDS[language]
    lines = [words["head"], ("---",) * 3]
    outcomes = {each["case"]: each["outcome"] for each in run["cases"]}
    for case in read_cases().values():
        outcome = outcomes.get(case.name, "")
        if case.mark == "assumed" or outcome == "differs":
            says = case.says_ja or case.says if language == "ja" else case.says
            known = str(words.get(outcome, words["assumed"])).format(date=run["date"])
            lines.append((f"`{case.name}`", says.replace("*", r"\*"), known))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page(language: str) -> Path:
    return ROOT / "docs" / language / "conformance.md"


def written(language: str) -> str:
    return TABLE.sub(lambda _: table(language, results()), page(language).read_text("utf-8"))


if __name__ == "__main__":
    for language in WORDS:
        page(language).write_text(written(language), "utf-8")
