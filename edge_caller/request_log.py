"""One request and its answer: the ID that finds it again on both sides, and its line in the log.

The line is JSON, so that a path or an ID that a client made up can't forge another line. It never holds a query, a
header or a body.
"""

import json
import os
import re
import time

from starlette.types import Message, Scope, Send

REQUEST_ID = b"x-request-id"
MAX_CHARACTERS = 1_000  # of a path in the log: lines wait in memory while the log's reader stalls
VALID_REQUEST_ID = re.compile(rb"[\w.:/+=-]{1,128}", re.ASCII)


class RequestLog:
    """Keeps the client's x-request-id, or makes one. The proxy fills in the rest as the request goes on."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._started = time.perf_counter()
        self._send = send
        self._method: str = scope["method"][:MAX_CHARACTERS]
        self._path: str = scope["path"][:MAX_CHARACTERS]
        given = [value for name, value in scope["headers"] if name == REQUEST_ID]
        is_valid = len(given) == 1 and VALID_REQUEST_ID.fullmatch(given[0])
        self.request_id = given[0] if is_valid else os.urandom(16).hex().encode()
        self.status: int | None = None
        self.upstream_status: int | None = None
        self.retries = 0
        self.error: str | None = None

    async def send(self, message: Message) -> None:
        """The ASGI `send`, which notes the status and adds the ID."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [header for header in message["headers"] if header[0].lower() != REQUEST_ID]
            message["headers"] = [*headers, (REQUEST_ID, self.request_id)]
        await self._send(message)

    def line(self) -> str:
        return json.dumps(
            {
                "method": self._method,
                "path": self._path,
                "status": self.status,
                "upstream_status": self.upstream_status,
                "duration_ms": round((time.perf_counter() - self._started) * 1000, 1),
                "retries": self.retries,
                "request_id": self.request_id.decode(),
                "error": self.error,
            }
        )
