"""What a run does, shown before it begins: which cases, how many calls, and what they cost."""

from collections.abc import Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Plan:
    cases: list[Case]

    @property
    def calls(self) -> int:
        """At most."""
        return len(self.cases) + MAX_FIRST_CALLS

    @property
    def gb_seconds(self) -> float:
        """At most: as if each call took until its time-out."""
        return self.calls * TIMEOUT_SECONDS * MEMORY_GB

    @property
    def usd(self) -> float:
        return self.calls * USD_A_REQUEST + self.gb_seconds * USD_A_GB_SECOND

    def lines(self) -> list[str]:
        return [
            f"Calls      {len(self.cases)} cases, and at most {MAX_FIRST_CALLS} calls until AWS knows the new role and "
            f"key; {CALLS_A_SECOND} a second",
            f"Costs      at most {self.calls} requests of {FREE_REQUESTS:,}, and {self.calls} x {TIMEOUT_SECONDS} s x "
            f"{MEMORY_GB} GB = {self.gb_seconds:.0f} GB-seconds of {FREE_GB_SECONDS:,}, which are free each month",
            f"           beyond the free tier they cost {self.usd:.4f} USD",
            "Makes      one CloudFormation stack: three functions, their URLs and logs, two roles, one user",
            "Removes    all of it at its end, also after a failure and at Ctrl-C",
        ]


def planned(cases: Iterable[Case]) -> Plan:
    """The cases that an account can run. Raises StepError if they are too many."""
    plan = Plan([case for case in cases if not case.here_only])
    if plan.calls > MAX_CALLS:
        raise StepError(f"that would be up to {plan.calls} calls: one run may make {MAX_CALLS}")
    return plan
