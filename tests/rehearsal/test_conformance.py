"""The rehearsal of aws-conformance would notice a new difference, one that is gone, a call that leaves this machine."""

import json
import os
from pathlib import Path

import pytest

from conformance.account.plan import planned
from conformance.case import read_cases
from conformance.running import known_differences
from conformance.target import Endpoint
from rehearsal.account import route
from rehearsal.conformance import compared
from rehearsal.runner import Failed

CASES = read_cases()
RUN = [case.name for case in planned(CASES.values())]
KNOWN = known_differences("local-aws")
OUTPUT = (
    "agrees   invoke  200  200\ndiffers  signed  200  403\n         status 403, not 200\nagrees   stream  200  200\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conformance.json"


def write(file: Path, answers: dict[str, str] = KNOWN, **changed: str) -> Path:
    """As it is known to be, but for what has changed."""
    outcomes = dict.fromkeys(RUN, "agrees") | dict.fromkeys(KNOWN, "differs")
    outcomes |= {name: "not run" for name, answer in answers.items() if answer == "not run"} | changed
    rows = [
        (name, outcome, answers.get(name, "200").replace("not run", "0").partition(" "))
        for name, outcome in outcomes.items()
    ]
    keys = ("case", "outcome", "status", "error_type")
    cases = [
        dict(zip(keys, (name, outcome, int(status), kind), strict=True)) for name, outcome, (status, _, kind) in rows
    ]
    file.write_text(json.dumps({"cases": cases}))
    return file


def test_the_known_differences_pass(file: Path) -> None:
    assert compared("", write(file)) == f"{len(RUN) - len(KNOWN)} cases agree, {len(KNOWN)} differ as is known"


@pytest.mark.parametrize("outcome", ["differs", "not run"])
def test_a_new_difference_fails_and_is_shown(file: Path, outcome: str) -> None:
    with pytest.raises(Failed, match=r"not in known_differences.toml: \['signed'\]") as failure:
        compared(OUTPUT, write(file, signed=outcome))
    assert "status 403, not 200" in str(failure.value)
    assert "stream" not in str(failure.value)


def test_a_known_difference_that_is_gone_fails(file: Path) -> None:
    with pytest.raises(Failed, match=r"there, but agree: \['unsigned'\]"):
        compared("", write(file, unsigned="agrees"))


@pytest.mark.parametrize("answer", ["500", "403 AccessDeniedException", "200 Other", "not run"])
def test_a_known_difference_with_a_third_answer_fails(file: Path, answer: str) -> None:
    with pytest.raises(Failed, match=r"with another answer: \['another-region'\]"):
        compared("", write(file, KNOWN | {"another-region": answer}))


def test_a_known_answer_passes_also_where_it_counts_as_not_run(file: Path) -> None:
    """As a 500 of the local AWS, which may be busy."""
    assert "differ as is known" in compared("", write(file, KNOWN, **{"response-of-an-object": "not run"}))


def test_each_known_difference_is_a_case_that_an_account_runs() -> None:
    assert set(KNOWN) <= set(RUN)


def test_a_call_goes_to_the_local_aws_under_awss_own_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4567")
    host = "lambda.eu-west-1.amazonaws.com"
    assert route(Endpoint(host, host, 443, tls=True), CASES["invoke"]) == Endpoint(host, "127.0.0.1", 4567)


def test_a_run_that_is_to_be_stopped_gets_its_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda process, number: sent.append((process, number)))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4567")
    monkeypatch.setenv("STOP_WITH", "15")
    route(Endpoint("host", "host", 443), CASES["invoke"])
    assert sent == [(os.getpid(), 15)]
