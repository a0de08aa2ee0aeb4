"""Runs the stand-in with uvicorn, on one port or two, with reload or without."""

import contextlib
import socket
import sys
from collections.abc import Sequence

import uvicorn
from uvicorn.supervisors import ChangeReload

NOT_STARTED = 3


class Server(uvicorn.Server):
    """Closes the app before it waits for its responses: those that never end by themselves end then."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if close := getattr(self.config.loaded_app, "close", None):
            close()
        await super().shutdown(sockets)


def serve(config: uvicorn.Config, host: str, ports: Sequence[int]) -> None:
    """Like uvicorn.run, but with a socket for each port."""
    sockets = [listening(config, host, port) for port in ports]
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        if config.should_reload:
            ChangeReload(config, target=server.run, sockets=sockets).run()
        else:
            server.run(sockets)
    if not server.started and not config.should_reload:
        sys.exit(NOT_STARTED)


def listening(config: uvicorn.Config, host: str, port: int) -> socket.socket:
    config.host, config.port = host, port
    return without_delay(config.bind_socket())


def without_delay(listener: socket.socket) -> socket.socket:
    """Its connections send small writes at once. asyncio sees to that for sockets that it opens itself only."""
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
