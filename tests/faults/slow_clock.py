"""The edge caller on a machine whose clock is ten minutes slow: python -m tests.faults.slow_clock --port PORT"""

from datetime import datetime, timedelta
from functools import partial

from edge_caller import upstream
from edge_caller.__main__ import main
from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.clock import utc_now


def slow() -> datetime:
    return utc_now() - timedelta(minutes=10)


if __name__ == "__main__":
    vars(upstream)["SigV4Auth"] = partial(SigV4Auth, now=slow)
    main()
