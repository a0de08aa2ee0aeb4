"""A tap on a connection: forwards a port's bytes to another port unchanged, and notes when text came back first."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from running.ports import HOST

KEPT_BYTES = 64  # of what came before: the text may come in two pieces


class Tap:
    """`seen` has, for each first group of `pattern` in the bytes that came back, the time in seconds since 1970."""

    def __init__(self, to_port: int, pattern: bytes) -> None:
        self.seen: dict[bytes, float] = {}
        self._to_port = to_port
        self._pattern = re.compile(pattern)
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((HOST, self._to_port))
                threading.Thread(target=self._forward_both_ways, args=(client, server), daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # or accept() would go on
        self._listener.close()

    def _forward_both_ways(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            there = threading.Thread(target=forward, args=(client, server), daemon=True)
            there.start()
            forward(server, client, self._note)
            with suppress(OSError):
                client.shutdown(socket.SHUT_RD)  # the other direction ends too
            there.join()

    def _note(self, data: bytes) -> None:
        now = time.time()
        for found in self._pattern.finditer(data):
            self.seen.setdefault(found[1], now)


def forward(source: socket.socket, target: socket.socket, note: Callable[[bytes], None] | None = None) -> None:
    """Until the source ends; then the target is told."""
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
    tap = Tap(to_port, pattern)
    thread = threading.Thread(target=tap.serve, daemon=True)
    thread.start()
    try:
        yield tap
    finally:
        tap.close()
        thread.join(10)
