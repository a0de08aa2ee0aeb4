"""One run: the stack, the callers, a first call until AWS knows them, the cases, and the stack's end."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, replace
from typing import TextIO

from conformance.account.callers import WAIT_SECONDS, callers
from conformance.account.log_in import Login
from conformance.account.pace import MAX_CALLS, Pace
from conformance.account.plan import FIRST_CALLS
from conformance.account.results import row
from conformance.account.stack import functions, make, remove
from conformance.account.target import Account, Route
from conformance.case import Case
from conformance.running import Result, run
from infra.errors import StepError
from infra.waiting import wait_for
from running.stopping import ignore_signals

BUSY = (429, 500, 503, 504)
SETTLE_SECONDS = 10  # what one of AWS's servers knows of a new role, all of them know a little later


class Unfailing(io.TextIOBase):
    """Output that can't fail: a closed terminal, or a reader that has left, must not stop the removal of the stack."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def shown(result: Result) -> Result:
    print(*row(result), sep="\n", flush=True)
    return result


def settled(result: Result) -> Result:
    """A busy AWS, or a session that has ended, refutes nothing."""
    if result.outcome == "differs" and (result.status in BUSY or result.error_type == "ExpiredTokenException"):
        return replace(result, not_run=f"AWS answered {result.answer}")
    return result


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
            with redirect_stdout(Unfailing(sys.stdout)):
                print("\nRemoving the stack. This can't be stopped.", flush=True)
                remove(aws, self.stack)

    def results(self, cases: list[Case], target: Account) -> Iterator[Result]:
        """The results, each printed as it comes. A case that differs is called once more: AWS may have been late."""
        for case in cases:
            if case.name in FIRST_CALLS:
                self.wait_until_known(case, target)
        self.pace.sleep(SETTLE_SECONDS)
        print()
        differ: list[Case] = []
        spare = MAX_CALLS - self.pace.calls - len(cases)
        for result in run(self.pace.paced(cases), target):
            if result.outcome == "differs" and len(differ) < spare:
                differ.append(result.case)
                continue
            yield shown(result)
        if differ:
            print("\nWhat differs, once more:")
            self.pace.sleep(SETTLE_SECONDS)
        for result in run(self.pace.paced(differ), target):
            yield shown(settled(result))

    def wait_until_known(self, case: Case, target: Account) -> None:
        """Raises StepError if AWS doesn't answer with the status that the case expects."""
        results: list[Result] = []

        def attempt() -> bool | None:
            results.extend(run(self.pace.paced([case]), target))
            return True if results[-1].status == case.expect.status else None

        if not wait_for(attempt, "the caller is new", WAIT_SECONDS):
            raise StepError("the first call isn't answered as it should be:\n" + "\n".join(row(results[-1])))
