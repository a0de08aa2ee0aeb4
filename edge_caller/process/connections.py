"""Ends a client's connection that the server has no means to end."""

import os
import socket
from collections.abc import Sequence
from contextlib import suppress

DESCRIPTORS = "/proc/self/fd"


def shut_down(client: Sequence[str | int]) -> None:
    """Shuts down this process's connection with `client`, an address and a port. Linux only; elsewhere nothing."""
    for descriptor in os.listdir(DESCRIPTORS) if os.path.isdir(DESCRIPTORS) else ():
        with suppress(OSError):  # neither a socket nor connected, or closed meanwhile
            connection = socket.socket(fileno=int(descriptor))
            try:
                if [str(part) for part in connection.getpeername()[:2]] == [str(part) for part in client]:
                    connection.shutdown(socket.SHUT_RDWR)
            finally:
                connection.detach()  # the server closes it
