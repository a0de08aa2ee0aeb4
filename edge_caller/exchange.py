"""Exchange: one request and its answer, as the log tells it in one line, with the ID that finds it again.

It goes to standard output, which is where a server's or a Worker's log is read. As JSON a path or an ID that a visitor
made up can't forge another line. It never holds a query or a header.
Source: W3C Trace Context, which `traceparent` is from; that header goes on to the function as it is.
"""

import contextlib
import json
import os
import re
import sys
import time

from starlette.types import Message, Scope, Send

REQUEST_ID = b"x-request-id"

# Filled in by hand: json.dumps takes three times as long for the whole as for its texts.
LINE = (
    '{"method": %s, "path": %s, "status": %s, "upstream_status": %s, '
    '"duration_ms": %.1f, "retries": %d, "request_id": %s, "error": %s}\n'
)

is_request_id = re.compile(rb"[\w.:/+=-]{1,128}", re.ASCII).fullmatch


class Exchange:
    """Takes the visitor's x-request-id, or makes one.

    It must not stand in the scope, which `send` leads back to: each request would leave the garbage collector a cycle.
    """

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
        line = LINE % (
            json.dumps(self._method),
            json.dumps(self._path),
            self.status or "null",
            self.upstream_status or "null",
            (time.perf_counter() - self._started) * 1000,
            self.retries,
            json.dumps(self.request_id.decode()),
            json.dumps(self.error) if self.error else "null",
        )
        with contextlib.suppress(OSError):  # a full disk or a reader that left must not cost a visitor the answer
            sys.stdout.write(line)  # in one piece, so that lines don't mix
            sys.stdout.flush()
