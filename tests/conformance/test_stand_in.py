"""Each case against the stand-in: what it answers is what the table says of AWS."""

from collections.abc import Iterator

import pytest

from conformance.case import Case, read_cases
from conformance.running import known_differences, run
from conformance.stand_in import StandIn, stand_in
from local_aws.reasons import Finding

CASES = read_cases()
DIFFERS = known_differences("stand-in")


@pytest.fixture(scope="module")
def target() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_answers_as_the_case_says(target: StandIn, case: Case) -> None:
    target.records.clear()
    [result] = run([case], target)
    if case.name in DIFFERS:
        assert result.outcome == "differs", "no longer differs: take it out of known_differences.toml"
        assert result.answer == DIFFERS[case.name]
        return
    assert list(result.differences) == []
    [record] = target.records
    assert codes(record.findings) == [case.expect.reason]
    assert codes(record.warnings) == [case.expect.warning]


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes without repeats; no finding is an empty code."""
    return list(dict.fromkeys(finding.code for finding in findings)) or [""]
