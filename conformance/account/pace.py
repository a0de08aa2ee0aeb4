"""How fast and how often the account is called: 5 calls a second, 200 in all."""

import time
from collections.abc import Callable, Iterable, Iterator

from conformance.case import Case
from infra.errors import StepError

MAX_CALLS = 200
CALLS_A_SECOND = 5


class Pace:
    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self.sleep = clock, sleep
        self._next = 0.0
        self.calls = 0

    def wait(self) -> None:
        """Waits until the next call may go out. Raises StepError for one call too many."""
        if self.calls == MAX_CALLS:
            raise StepError(f"{MAX_CALLS} calls were made, as many as one run may make")
        now = self._clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / CALLS_A_SECOND
        self.calls += 1

    def paced(self, cases: Iterable[Case]) -> Iterator[Case]:
        for case in cases:
            self.wait()
            yield case
