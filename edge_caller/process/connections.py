"""Ends a client's connection that the server has no means to end."""

import os
import socket
from collections.abc import Sequence
from contextlib import suppress


def shut_down(client: Sequence[str | int]) -> None:
    """Shuts down the connection of this process with `client`, an address and a port. Linux only; elsewhere nothing."""
    if not os.path.isdir("/proc/self/fd"):
        return
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError), socket.socket(fileno=os.dup(int(descriptor))) as candidate:
            if candidate.getpeername()[:2] == tuple(client):
                candidate.shutdown(socket.SHUT_RDWR)
