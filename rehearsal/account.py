"""`python -m rehearsal.account FILE ...` runs `make aws-conformance`. Its calls go to the local AWS, without a pause.

FILE is where it writes what conformance.json holds. STOP_WITH=<number> sends itself that signal at the first call.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from conformance.account.__main__ import Setting, main
from conformance.account.pace import Pace
from conformance.case import Case
from conformance.target import Endpoint


def route(endpoint: Endpoint, case: Case) -> Endpoint:
    if number := os.environ.get("STOP_WITH"):
        os.kill(os.getpid(), int(number))
    address = urlsplit(os.environ["AWS_ENDPOINT_URL"])
    return replace(endpoint, address=str(address.hostname), port=int(address.port or 80), tls=False)


if __name__ == "__main__":
    setting = Setting(route=route, pace=Pace(sleep=lambda seconds: None), file=Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:], setting))
