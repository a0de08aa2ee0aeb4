"""Real sockets on both sides of the edge caller: an upstream that does as it is told, and a client that sends bytes.

Neither knows HTTP beyond the end of a head, so that a test sees, and says, exactly what is on the wire.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from edge_caller.app import create_app
from tests.edge_caller.asgi import settings

HOST = "127.0.0.1"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def upstream(handler: Handler) -> AsyncIterator[int]:
    """A server that gives each connection to `handler`. Its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(EOFError, ConnectionError):  # the edge has closed the connection
                await handler(reader, writer)
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """The app under the server that it has as a process, in this event loop. Its port."""
    listener = socket.create_server((HOST, 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, date_header=False, ws="none")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup([listener])  # not serve(), which looks only every 100 ms whether it should stop
    try:
        yield listener.getsockname()[1]
    finally:
        await server.shutdown([listener])


@asynccontextmanager
async def edge_before(handler: Handler, **variables: str) -> AsyncIterator[int]:
    """The edge caller in front of an upstream that does what `handler` does. The edge caller's port."""
    async with upstream(handler) as port:
        address = {"FUNCTION_URL": f"http://{HOST}:{port}/", "AWS_REGION": "ap-northeast-1"}
        async with served(create_app(settings(**address, **variables))) as edge_port:
            yield edge_port


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def exchange(port: int, data: bytes) -> bytes:
    """Sends the bytes and gives all that comes back until the other side closes."""
    async with connected(port) as (reader, writer):
        writer.write(data)
        return await reader.read()
