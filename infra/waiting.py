"""Waits, for a limited time, for what AWS applies after some seconds: a new role, key, policy or host name.

`attempt` returns None to be tried again.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
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
