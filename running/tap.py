"""A tap on a connection: forwards a port's bytes to another port unchanged, and notes when text came back first."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

from running.ports import HOST

KEPT_BYTES = 64  # of what came before: the text may come in two pieces
POLL_SECONDS = 0.05


class Connection(BaseRequestHandler):
    server: "Tap"
    request: socket.socket

    def handle(self) -> None:
        client = self.request
        with suppress(OSError), socket.create_connection((HOST, self.server.to_port)) as server:
            there = threading.Thread(target=forward, args=(client, server), daemon=True)
            there.start()
            forward(server, client, self.server.note)
            with suppress(OSError):
                client.shutdown(socket.SHUT_RD)  # the other direction ends too
            there.join()


class Tap(ThreadingTCPServer):
    """`seen` has, for each first group of `pattern` in the bytes that came back, the time in seconds since 1970."""

    daemon_threads = True

    def __init__(self, to_port: int, pattern: bytes) -> None:
        super().__init__((HOST, 0), Connection)
        self.port: int = self.socket.getsockname()[1]
        self.to_port = to_port
        self.seen: dict[bytes, float] = {}
        self._pattern = re.compile(pattern)

    def note(self, data: bytes) -> None:
        now = time.time()
        for found in self._pattern.finditer(data):
            self.seen.setdefault(found[1], now)


def forward(source: socket.socket, target: socket.socket, note: Callable[[bytes], None] | None = None) -> None:
    """Until the source ends; then no more is sent to the target."""
    kept = b""
    with suppress(OSError):
        while data := source.recv(65_536):
            if note:
                note(kept + data)
                kept = (kept + data)[-KEPT_BYTES:]
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def tapped(to_port: int, pattern: bytes) -> Iterator[Tap]:
    with Tap(to_port, pattern) as tap:
        threading.Thread(target=tap.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
        try:
            yield tap
        finally:
            tap.shutdown()
