"""Real sockets, on loopback: an app under the server that it has as a process, and a client that sends bytes."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """Serves the app in this event loop. Its port."""
    listener = socket.create_server((LOOPBACK, 0))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", ws="none", http="h11"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve([listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def exchange(port: int, data: bytes) -> bytes:
    """Sends the bytes, and gives all that comes back until the other side closes."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
