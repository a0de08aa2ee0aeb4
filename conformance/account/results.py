"""What a run found: rows as they come, a summary, and conformance.json, which holds nothing of the account."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from conformance.running import Result

OTHER = "other"  # an error type that isn't words
# AWS's error types are words, as IDPCommunicationError. Keys, tokens, account numbers and hosts aren't.
is_error_type = re.compile(r"(?=.{0,64}\Z)([A-Z]{1,4}[a-z]+)*").fullmatch


def row(result: Result) -> list[str]:
    """A line, and one for each difference."""
    case = result.case
    line = f"{result.outcome:<7}  {case.name:<36}  {case.expect.answer:<38}  {result.answer if result.status else '-'}"
    return [line, *(f"         {text}" for text in (result.not_run, *result.differences) if text)]


def summary(results: Sequence[Result]) -> list[str]:
    """The counts, and which assumptions are settled."""
    counts = Counter(result.outcome for result in results)
    lines = [", ".join(f"{counts[outcome]} {outcome}" for outcome in ("agrees", "differs", "not run"))]
    for text, outcome, assumed in (
        ("Assumed, now confirmed", "agrees", True),
        ("Assumed, now refuted", "differs", True),
        ("Known, but AWS differs", "differs", False),
    ):
        names = [r.case.name for r in results if r.outcome == outcome and (r.case.mark == "assumed") == assumed]
        lines += named(text, names)
    return lines + named("Not run", [result.case.name for result in results if result.not_run])


def named(text: str, names: Sequence[str]) -> list[str]:
    return [f"{text} ({len(names)}): {', '.join(names)}"] if names else []


def document(results: Iterable[Result], today: date) -> Mapping[str, Any]:
    """conformance.json. Each field is made here, from what can't hold anything else: nothing is copied."""
    return {
        "date": today.isoformat(),
        "cases": [
            {
                "case": result.case.name,
                "status": int(result.status),
                "error_type": result.error_type if is_error_type(result.error_type) else OTHER,
                "outcome": result.outcome,
            }
            for result in results
        ],
    }


def text(results: Iterable[Result], today: date) -> str:
    return json.dumps(document(results, today), indent=2) + "\n"
