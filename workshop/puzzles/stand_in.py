"""The stand-in for the puzzles: the real one, on a free port, with callers of its own, and no word about reasons.

It keeps the record of each request for the check. Nothing of it is logged, or sent in a header.
"""

import json
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local_aws.app import LocalAws
from local_aws.iam.access import Access
from local_aws.record import Record
from local_aws.testing import served
from policies.function import Function
from policies.render import POLICIES
from workshop.puzzles.table import FOLDER


class Shop:
    """The function behind the URL: it answers each call with 200."""

    async def invoke(self, event: Any, request_id: str) -> Any:
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps({"ok": True})}


@contextmanager
def stand_in(records: list[Record], policy: Path = POLICIES / "call-function-url.json") -> Iterator[str]:
    """Its URL. `policy` is the callers' policy, read again at each request."""
    callers = tomllib.loads((FOLDER / "callers.toml").read_text("utf-8"))
    for caller in callers.values():
        caller["policies"] = [str(policy.resolve())]
    access = Access(Function(), more=callers)
    app = LocalAws(access, Shop(), observers=(records.append,), reason_header=False)
    with socket.create_server(("127.0.0.1", 0)) as listener, served(app, listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
