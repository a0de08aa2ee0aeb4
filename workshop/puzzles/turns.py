"""The hint for a wrong turn: what a learner's attempt changed, and what is still missing."""

from typing import Any

from workshop.policy import fault_in
from workshop.puzzles.attempt import Attempt
from workshop.puzzles.table import LAST, STARTERS


def turn_of(tried: Attempt, turns: dict[str, str], says: dict[str, Any]) -> str:
    """One or two sentences; nothing where it is solved, or where nothing was changed yet.

    `turns` are the puzzle's own texts, by the code of the finding or of this module.
    """
    if tried.done:
        return ""
    if tried.status == 200:
        return of_another_200(tried, turns, says)
    if tried.puzzle.number == LAST or not tried.edited:
        return ""
    own = next((turns[code] for code in codes_of(tried) if code in turns), "")
    if own:
        return own
    if tried.record and tried.record.request and not tried.sends_what_is_asked:
        return str(says["turn_sent"]).format(came=sent(tried), wanted=tried.puzzle.asks_for)
    if tried.fault and tried.fault != fault_in(STARTERS / tried.puzzle.file):
        return str(tried.fault)
    if set(tried.codes) & set(tried.puzzle.because):
        return str(says["turn_same"])
    answer = tried.record.body.decode("utf-8", "replace") if tried.record else ""
    return str(says["turn_same_answer" if tried.puzzle.starts_with in answer else "turn_other"])


def of_another_200(tried: Attempt, turns: dict[str, str], says: dict[str, Any]) -> str:
    """What is missing at a 200 that isn't the one asked for."""
    wanted = tried.puzzle.asks_for
    if not tried.sends_what_is_asked:
        return str(says["turn_not_asked"]).format(came=sent(tried), wanted=wanted)
    if not tried.is_of_the_caller:
        return str(turns.get("other_key", says["turn_other_key"])).format(wanted=wanted)
    if tried.holds_the_secret:
        return str(says["turn_secret"])
    if tried.signs_what_changes:
        return str(says["turn_guessed"])
    return f"{says['turn_too_much']} {tried.fault}"


def sent(tried: Attempt) -> str:
    record = tried.record
    body = record.request.body.decode("utf-8", "replace") if record and record.request else ""
    return f"{record.method} {record.target} {body}".rstrip() if record else ""


def codes_of(tried: Attempt) -> tuple[str, ...]:
    """The codes of what is wrong, and what only this puzzle can tell from the request."""
    special = {6: half_of_the_query, 8: half_of_the_header}.get(tried.puzzle.number)
    return ((special(tried),) if special else ()) + tried.codes


def half_of_the_query(tried: Attempt) -> str:
    """One of the two rules is followed, but the query is still signed as it is sent."""
    found = {finding.code: finding.details for finding in tried.record.findings} if tried.record else {}
    signed = found.get("query_as_sent", {}).get("signed", "")
    pairs = signed.split("&")
    if "+" not in signed and "%20" in signed:
        return "query_unsorted"
    return "query_form_encoded" if pairs == sorted(pairs) and signed else ""


def half_of_the_header(tried: Attempt) -> str:
    """The header is out of the canonical headers, or out of the signed headers, but not out of both."""
    if "unknown_mistake" not in tried.codes:
        return ""
    return "signed_headers_too_many" if tried.signs_what_changes else "signed_headers_incomplete"
