"""The guide page's table: each assumed case, in both languages, and what a run on an account said of it."""

import json
import re
from pathlib import Path

import pytest

from conformance import page
from conformance.case import read_cases

ASSUMED = [case for case in read_cases().values() if case.mark == "assumed"]
NO_RUN = {"date": "", "cases": []}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_has_the_table_as_it_is_now(language: str) -> None:
    assert page.page(language).read_text("utf-8") == page.written(language), "run: python -m conformance.page"
    assert page.table(language, page.results()) in page.written(language)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_assumed_case_has_a_row_in_that_language(language: str) -> None:
    rows = page.table(language, NO_RUN).splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [case.name for case in ASSUMED]
    assert all(row.endswith({"en": "| assumed |", "ja": "| 推定 |"}[language]) for row in rows)
    for case in ASSUMED:
        assert re.search(r"[ぁ-ん]", case.says_ja), case.name


def test_what_aws_said_replaces_what_was_assumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [("unknown-key", "agrees"), ("throttled", "differs"), ("bearer-token", "not run")]
    run = {"date": "2027-01-02", "cases": [{"case": case, "outcome": outcome} for case, outcome in said]}
    (tmp_path / "conformance.json").write_text(json.dumps(run), "utf-8")
    monkeypatch.setattr(page, "RESULTS", tmp_path / "conformance.json")
    rows = {row.split("`")[1]: row for row in page.table("en", page.results()).splitlines()[2:]}
    assert rows["unknown-key"].endswith("| confirmed on AWS, 2027-01-02 |")
    assert rows["throttled"].endswith("| AWS differs, 2027-01-02 |")
    assert rows["bearer-token"].endswith("| assumed |")
