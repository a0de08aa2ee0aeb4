"""Waits, with a bound, for what AWS does a little later than it says: a new role, key, policy or host name.

It doesn't judge an answer: the caller's `attempt` says whether it is worth another try, by returning None.
Source: AWS IAM User Guide, "Changes that I make are not always immediately visible".
"""

import time
from collections.abc import Callable
from typing import TypeVar

PAUSE_SECONDS = 3
sleep = time.sleep

Answer = TypeVar("Answer")


def wait_for(attempt: Callable[[], Answer | None], reason: str, seconds: int) -> Answer | None:
    """The first answer of `attempt` that isn't None; None where the time ran out. It says that it waits, and why."""
    for waited in range(0, seconds, PAUSE_SECONDS):
        answer = attempt()
        if answer is not None:
            return answer
        print(f"  {reason}: trying again in {PAUSE_SECONDS} s ({waited} of {seconds} s waited)", flush=True)
        sleep(PAUSE_SECONDS)
    return attempt()
