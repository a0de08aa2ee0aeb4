"""conformance.json is made by an allow-list: what an answer holds can't get into it."""

import json
from datetime import date

import pytest

from conformance.account import results
from conformance.comparing import differences, error_type_of
from conformance.running import Result
from conformance.sending import Answer
from tests.conformance.account.conftest import CASES

ACCOUNT, KEY, HOST = "998877665544", "ASIAPOISONPOISON9999", "poisoned0host.lambda-url.eu-west-1.on.aws"
TOKEN, WORDS = "IQoJb3JpZ2luX2VjEPoison//////////wEaCXVz", "PoisonPOISONpoison"
POISONS = (ACCOUNT, KEY, HOST, TOKEN, WORDS, f"AccessDenied{ACCOUNT}", f"{KEY}Exception", "AccessDenied\n", "A" * 20)
DAY = date(2026, 11, 25)


@pytest.mark.parametrize("poison", POISONS)
def test_nothing_of_a_poisoned_answer_gets_into_the_file(poison: str) -> None:
    headers = (("x-amzn-errortype", poison), ("x-amzn-requestid", poison), ("location", poison))
    case = CASES["event-of-a-get"]
    for status, outcome in ((403, "differs"), (0, "not run")):
        answer = Answer(status, headers, json.dumps({"headers": {"host": poison}, "Message": poison}).encode())
        found = tuple(differences(case, answer, {})) if status else ()
        result = Result(case, status, error_type_of(answer) or "", found, "" if status else poison)
        assert result.outcome == outcome
        assert json.loads(results.text([result], DAY)) == {
            "date": "2026-11-25",
            "cases": [{"case": case.name, "status": status, "error_type": "other", "outcome": outcome}],
        }


@pytest.mark.parametrize(
    "name", sorted({case.expect.error_type for case in CASES.values()} | {"ThrottlingException", "AccessDenied"})
)
def test_awss_own_error_types_get_into_it(name: str) -> None:
    [row] = results.document([Result(CASES["signed"], 403, name, ())], DAY)["cases"]
    assert row["error_type"] == name
