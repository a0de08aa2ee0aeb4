"""The app as a worker process of the server runs it: over sockets, with a log that never waits."""

from starlette.types import Receive, Scope, Send

from edge_caller.app import EdgeCaller, create_app
from edge_caller.errors import ClientTooSlow, EdgeCallerError
from edge_caller.process.aiohttp_transport import AiohttpTransport
from edge_caller.process.connections import shut_down
from edge_caller.process.line_writer import LineWriter
from edge_caller.process.parent import end_with_parent


class Process:
    """Breaks an answer off quietly, as its error is logged already, and ends the connection of a client that stalls."""

    def __init__(self, edge: EdgeCaller, writer: LineWriter) -> None:
        self._edge = edge
        self._writer = writer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            end_with_parent()
        try:
            await self._edge(scope, receive, send)
        except ClientTooSlow:
            shut_down(scope["client"])
        except EdgeCallerError:
            pass  # to return before the end of an answer breaks the connection
        finally:
            if scope["type"] == "lifespan":
                self._writer.close()


writer = LineWriter()
app = Process(create_app(transport=AiohttpTransport(), write_line=writer.write), writer)
