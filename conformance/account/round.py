"""One run: the stack, the callers, a first call until AWS knows them, the cases, and the stack's end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.account.callers import WAIT_SECONDS, callers
from conformance.account.log_in import Login
from conformance.account.output import unfailing_output
from conformance.account.pace import Pace
from conformance.account.plan import FIRST_CALLS
from conformance.account.results import row
from conformance.account.stack import functions, make, remove
from conformance.account.target import Account, Route
from conformance.case import Case
from conformance.running import Result, run
from infra.errors import StepError
from infra.waiting import wait_for
from running.stopping import ignore_signals

SETTLE_SECONDS = 10  # what one of AWS's servers knows of a new role, all of them know a little later


@dataclass(frozen=True)
class Round:
    """`route` and `pace` are the account's own but in rehearsal and tests."""

    login: Login
    stack: str
    route: Route
    pace: Pace

    @contextmanager
    def target(self, cases: list[Case]) -> Iterator[Account]:
        """The stack exists inside the block. It is removed after it whatever happens, and no signal stops that."""
        aws, login = self.login.aws, self.login
        try:
            try:
                urls = make(aws, self.stack, login.arn)
                own = functions(self.stack, urls, login.account_id, login.region)
                yield Account(own, callers(aws, self.stack, cases, own), self.route)
            finally:
                ignore_signals()
        finally:
            with unfailing_output():
                print("\nRemoving the stack. This can't be stopped.", flush=True)
                remove(aws, self.stack)

    def results(self, cases: list[Case], target: Account) -> Iterator[Result]:
        """Those of all cases, each printed as it comes."""
        self.wait_until_known([case for case in cases if case.name in FIRST_CALLS], target)
        print()
        for result in run(self.pace.paced(cases), target):
            print(*row(result), sep="\n", flush=True)
            yield result

    def wait_until_known(self, cases: list[Case], target: Account) -> None:
        """Raises StepError if AWS doesn't answer them with the status that they expect."""
        for case in cases:
            last: list[Result] = []

            def attempt(case: Case = case, last: list[Result] = last) -> bool | None:
                last[:] = run(self.pace.paced([case]), target)
                return True if last[0].status == case.expect.status else None

            if not wait_for(attempt, "the caller is new", WAIT_SECONDS):
                raise StepError("the first call isn't answered as it should be:\n" + "\n".join(row(last[0])))
        self.pace.pause(SETTLE_SECONDS)
