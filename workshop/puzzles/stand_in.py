"""The stand-in for the puzzles: the real one, on a free port, with callers of its own, and no word about reasons.

It keeps the record of each request for the check. Nothing of it is logged, or sent in a header.
"""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn

from local_aws.app import LocalAws
from local_aws.iam.access import Access
from local_aws.record import Record
from policies.function import Function
from policies.render import POLICIES
from workshop.puzzles.table import FOLDER

STOP_SECONDS = 5


class Shop:
    """The function behind the URL: it answers each call with 200."""

    async def invoke(self, event: Any, request_id: str) -> Any:
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps({"ok": True})}


@contextmanager
def stand_in(records: list[Record], policy: Path = POLICIES / "call-function-url.json") -> Iterator[str]:
    """Its URL. `policy` is the callers' policy, read again at each request."""
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        callers = Path(folder) / "callers.toml"
        text = (FOLDER / "callers.toml").read_text("utf-8")
        callers.write_text(text.replace('"POLICY"', json.dumps(str(policy.resolve()))), "utf-8")
        app = LocalAws(Access(Function(), callers), Shop(), observers=(records.append,))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none", http="h11")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(STOP_SECONDS)
