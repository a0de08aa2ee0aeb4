"""What a run does, shown before it begins: which cases, how many calls, how fast, and what they cost."""

from collections.abc import Iterable, Sequence

from conformance.account.callers import WAIT_SECONDS
from conformance.account.pace import CALLS_A_SECOND, MAX_CALLS
from conformance.case import Case
from infra.errors import StepError
from infra.waiting import PAUSE_SECONDS

FIRST_CALLS = ("signed", "identity-of-a-user")  # the cases that show that AWS knows the new role, and the new key
MAX_FIRST_CALLS = len(FIRST_CALLS) * (WAIT_SECONDS // PAUSE_SECONDS + 1)
TIMEOUT_SECONDS, MEMORY_GB = 3, 0.5  # the largest of template.yaml
# Free each month (as of 2026-11). Source: https://aws.amazon.com/lambda/pricing/
FREE_REQUESTS, FREE_GB_SECONDS = 1_000_000, 400_000
USD_A_REQUEST, USD_A_GB_SECOND = 0.20 / 1_000_000, 0.0000166667


def planned(cases: Iterable[Case]) -> list[Case]:
    """The cases that an account can run. Raises StepError if they are too many."""
    chosen = [case for case in cases if not case.here_only]
    if most_calls(chosen) > MAX_CALLS:
        raise StepError(f"that would be up to {most_calls(chosen)} calls: one run may make {MAX_CALLS}")
    return chosen


def most_calls(cases: Sequence[Case]) -> int:
    return len(cases) + MAX_FIRST_CALLS


def plan_lines(cases: Sequence[Case]) -> list[str]:
    calls = most_calls(cases)
    gb_seconds = calls * TIMEOUT_SECONDS * MEMORY_GB  # as if each call took until its time-out
    usd = calls * USD_A_REQUEST + gb_seconds * USD_A_GB_SECOND
    return [
        f"Calls      {len(cases)} cases, and at most {MAX_FIRST_CALLS} calls until AWS knows the new role and "
        f"key; {CALLS_A_SECOND} a second",
        f"Costs      at most {calls} requests of {FREE_REQUESTS:,}, and {calls} x {TIMEOUT_SECONDS} s x "
        f"{MEMORY_GB} GB = {gb_seconds:.0f} GB-seconds of {FREE_GB_SECONDS:,}, which are free each month",
        f"           beyond the free tier they cost {usd:.4f} USD",
        "Makes      one CloudFormation stack: three functions, their URLs and logs, two roles, one user",
        "Removes    all of it at its end, also after a failure and at Ctrl-C",
    ]
