"""The table of texts: each code that the stand-in can give has its sentences, in English and in Japanese."""

import re
from pathlib import Path
from string import Formatter

import pytest

from local_aws.reasons import LABELS, TEXTS, Finding, line_of

ROOT = Path(__file__).parents[2] / "local_aws"
SOURCES = "".join(path.read_text("utf-8") for path in ROOT.rglob("*.py"))
KINDS = ("because", "do", "because_ja", "do_ja")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", TEXTS)
def test_each_code_has_both_sentences_in_both_languages_of_the_same_details(code: str) -> None:
    texts = TEXTS[code]
    assert tuple(texts) == KINDS
    for kind in KINDS:
        assert texts[kind].endswith(("。", "}") if kind.endswith("_ja") else (".", "?", "}")), texts[kind]
        assert texts[kind].isascii() != kind.endswith("_ja")
    english, japanese = (fields(texts[f"because{end}"] + texts[f"do{end}"]) for end in ("", "_ja"))
    assert english == japanese


def test_each_code_in_the_table_is_used_and_each_used_one_is_in_the_table() -> None:
    quoted = set(re.findall(r'"([a-z0-9]+(?:_[a-z0-9]+)+|algorithm|expired|misconfigured)"', SOURCES))
    assert set(TEXTS) <= quoted


def test_both_languages_label_the_same_things() -> None:
    assert LABELS["en"].keys() == LABELS["ja"].keys()


def test_a_line_is_ascii_on_one_line_and_bounded() -> None:
    finding = Finding("host_differs", False, {"signed": "あ\n\x1b{came}", "came": "x" * 10_000})
    line = line_of((finding,))
    assert line.startswith("Likely: The signature is for the Host \\u3042\\n\\x1b{came}, but xxx")
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 400


def test_the_page_gets_its_own_characters() -> None:
    finding = Finding("host_differs", True, {"signed": "あ\n", "came": "b"})
    assert "あ\\n" in finding.because("ja")
    assert finding.certainty("ja") == "確認済み"
