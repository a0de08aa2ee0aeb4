"""Exchange: one request and its answer, as the log tells it in one line, with the ID that finds it again.

The line is JSON: a path or an ID that a visitor made up can't forge another. It never holds a query or a header.
Source: W3C Trace Context, which `traceparent` is from; that header goes on to the function as it is.
"""

import json
import logging
import os
import re
import time

from starlette.types import Message, Scope, Send

REQUEST_ID = b"x-request-id"

is_request_id = re.compile(rb"[\w.:/+=-]{1,128}", re.ASCII).fullmatch

log = logging.getLogger("edge_caller.exchange")


class Exchange:
    """Takes the visitor's x-request-id, or makes one; `scope` is changed so that the function gets it too."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._started = time.perf_counter()
        self._send = send
        self._method: str = scope["method"]
        self._path: str = scope["path"]
        given = [value for name, value in scope["headers"] if name == REQUEST_ID]
        self.request_id = given[0] if len(given) == 1 and is_request_id(given[0]) else os.urandom(16).hex().encode()
        self.status = 0
        self.upstream_status = 0
        self.retries = 0
        self.error = ""

    async def send(self, message: Message) -> None:
        """The ASGI `send`, which notes the status and adds the ID."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [header for header in message["headers"] if header[0].lower() != REQUEST_ID]
            message["headers"] = [*headers, (REQUEST_ID, self.request_id)]
        await self._send(message)

    def write_line(self) -> None:
        line = {
            "method": self._method,
            "path": self._path,
            "status": self.status or None,
            "upstream_status": self.upstream_status or None,
            "duration_ms": round((time.perf_counter() - self._started) * 1000, 1),
            "retries": self.retries,
            "request_id": self.request_id.decode(),
        }
        if self.error:
            line["error"] = self.error
        log.info("%s", json.dumps(line))
