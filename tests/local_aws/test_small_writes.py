"""Each small write goes out at once: with Nagle's algorithm an event would wait 40 ms for an acknowledgement.

asyncio switches the algorithm off for connections of sockets that it opened itself, not for those of ours.
"""

import socket
from collections.abc import Callable

import pytest
import uvicorn

from local_aws import server, testing
from local_aws.runtime_api import __main__ as runtime_api

LISTENERS: dict[str, Callable[[], socket.socket]] = {
    "the stand-in": lambda: server.listening(uvicorn.Config("none"), "127.0.0.1", 0),
    "the stand-in of a test": testing.listening,
    "the Runtime API": lambda: runtime_api.listening("127.0.0.1", 0),
}


@pytest.mark.parametrize("name", LISTENERS)
def test_a_servers_connections_do_not_wait_for_acknowledgements(name: str) -> None:
    with LISTENERS[name]() as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
