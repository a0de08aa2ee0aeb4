"""The log of a process: lines to standard output, written by a thread, so that no request waits for the reader."""

import contextlib
import json
import queue
import sys
import threading

MAX_LINES = 10_000
CLOSE_SECONDS = 1.0


class LineWriter:
    """While the reader stalls it keeps MAX_LINES lines and counts those that it drops. The count is logged later."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._dropped = 0
        self._thread: threading.Thread | None = None

    def write(self, line: str) -> None:
        if self._thread is None:  # not before: a thread doesn't survive the fork of a worker
            self._thread = threading.Thread(target=self._run, daemon=True, name="log")
            self._thread.start()
        if self._lines.qsize() < MAX_LINES:
            self._lines.put(line)
        else:
            self._dropped += 1

    def close(self) -> None:
        """Waits a moment for the lines that are left."""
        if self._thread:
            self._lines.put(None)
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        line: str | None = ""
        while line is not None:
            line = self._lines.get()
            if line is not None:
                self._put(line)
            if self._dropped and (line is None or self._lines.empty()):
                dropped, self._dropped = self._dropped, 0
                self._put(json.dumps({"dropped_lines": dropped, "error": "the log's reader stalled"}))

    def _put(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # a full disk, a reader that left, a closed stream
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
