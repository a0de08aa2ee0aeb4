"""Runs the cases against a target, one after the other."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.case import Case, answer_line
from conformance.comparing import differences, error_type_of
from conformance.requesting import request_of
from conformance.sending import send
from conformance.target import NotRun, Refused, Target, tokens

KNOWN_DIFFERENCES = Path(__file__).parent / "known_differences.toml"


@dataclass(frozen=True)
class Result:
    """`differences` is empty if the target answered as the case says. `not_run` says why the target didn't answer."""

    case: Case
    status: int
    error_type: str
    differences: tuple[str, ...]
    not_run: str = ""

    @property
    def outcome(self) -> str:
        return "not run" if self.not_run else "differs" if self.differences else "agrees"

    @property
    def answer(self) -> str:
        return answer_line(self.status, self.error_type)


def run(cases: Iterable[Case], target: Target) -> Iterator[Result]:
    for case in cases:
        try:
            answer = send(request_of(case, target), target.endpoint(case))
            if answer.status == 0 and case.expect.status != 0:
                raise NotRun(answer.text)
        except NotRun as error:
            yield Result(case, 0, "", (), str(error))
            continue
        except Refused as error:
            yield Result(case, 0, "", (str(error),))
            continue
        found = differences(case, answer, tokens(target, case))
        yield Result(case, answer.status, error_type_of(answer) or "", tuple(found))


def known_differences(target: str) -> dict[str, str]:
    """The names of the cases in which the target is known to differ, each with its answer there."""
    reasons = tomllib.loads(KNOWN_DIFFERENCES.read_text("utf-8"))[target]
    return {name: answer for answers in reasons.values() for name, answer in answers.items()}
