"""Real sockets on both sides of the edge caller: an upstream that does as it is told, and a client that sends bytes.

Neither knows HTTP beyond the end of a head, so that a test sees, and says, exactly what is on the wire.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.types import ASGIApp

from edge_caller.app import create_app
from edge_caller.config import Settings
from edge_caller.process.aiohttp_transport import AiohttpTransport
from edge_caller.process.app import Process
from edge_caller.process.line_writer import LineWriter
from edge_caller.process.server import MAX_BUFFER_BYTES
from running.ports import free_port
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
async def granian(app: ASGIApp) -> AsyncIterator[int]:
    """The server that the edge caller has as a process."""
    port = free_port()
    http1 = HTTP1Settings(max_buffer_size=MAX_BUFFER_BYTES)
    server = Server(
        app,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=http1,
        websockets=False,
        log_level=LogLevels.error,
    )
    serving = asyncio.create_task(server.serve())
    while not await listens(port):  # noqa: ASYNC110 - Granian has no event for it
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait_for(serving, 20)


async def listens(port: int) -> bool:
    try:
        async with connected(port):
            return True
    except OSError:
        return False


@asynccontextmanager
async def h11(app: ASGIApp) -> AsyncIterator[int]:
    """uvicorn with h11: another server, so that the app leans on none."""
    listener = socket.create_server((HOST, 0))
    config = uvicorn.Config(
        app, http="h11", ws="none", log_config=None, access_log=False, server_header=False, date_header=False
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup([listener])  # not serve(), which looks only every 100 ms whether it should stop
    try:
        yield listener.getsockname()[1]
    finally:
        await server.shutdown([listener])


SERVERS = {"granian": granian, "h11": h11}


@asynccontextmanager
async def served(settings: Settings, server: str = "granian") -> AsyncIterator[int]:
    """The edge caller as a worker process has it, under a server in this event loop. Its port."""
    edge = create_app(transport=AiohttpTransport(), settings=settings)
    async with SERVERS[server](Process(edge, LineWriter())) as port:
        yield port


@asynccontextmanager
async def edge_before(handler: Handler, server: str = "granian", **variables: str) -> AsyncIterator[int]:
    """The edge caller in front of an upstream that does what `handler` does. The edge caller's port."""
    async with upstream(handler) as port:
        address = {"FUNCTION_URL": f"http://{HOST}:{port}/", "AWS_REGION": "ap-northeast-1"}
        async with served(settings(**address, **variables), server) as edge_port:
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
