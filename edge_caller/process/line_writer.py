"""The log of a process: lines to standard output, written by a thread, so that no request waits for the reader."""

import contextlib
import json
import queue
import sys
import threading

MAX_LINES = 10_000
# Lines that come within this time are written in one piece: to wake the thread for each costs a sixth of a request.
GATHER_SECONDS = 0.05
CLOSE_SECONDS = 1.0


class LineWriter:
    """While the reader stalls it keeps MAX_LINES lines and counts those that it drops. The count is logged later."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._dropped = 0
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def write(self, line: str) -> None:
        if self._thread is None:  # not before: a thread doesn't survive the fork of a worker
            self._thread = threading.Thread(target=self._run, daemon=True, name="log")
            self._thread.start()
        if self._lines.qsize() < MAX_LINES:
            self._lines.put(line + "\n")
        else:
            self._dropped += 1

    def close(self) -> None:
        """Waits a moment for the lines that are left."""
        if self._thread:
            self._closing.set()
            self._lines.put("")  # wakes the thread
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        is_closing = False
        while not is_closing:
            lines = self._lines.get()
            is_closing = self._closing.wait(GATHER_SECONDS)
            while not self._lines.empty():
                lines += self._lines.get()
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                lines += json.dumps({"dropped_lines": dropped, "error": "the log's reader stalled"}) + "\n"
            # A full disk, a reader that left, a closed stream; a process started without standard output has none.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                sys.stdout.write(lines)
                sys.stdout.flush()
