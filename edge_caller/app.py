"""The edge caller as an ASGI app: its own routes, the way to the function, one log line per request.

Settings are read on the first request: a Worker gets its variables with the request and has no start-up hook.
"""

from collections.abc import Callable, Mapping

import httpx
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from edge_caller.access import check_bearer_token, check_not_open
from edge_caller.config import VARIABLE_NAMES, Settings
from edge_caller.error_responses import problem
from edge_caller.errors import ClientLeft, EdgeCallerError, MethodNotAllowed
from edge_caller.invoke_api import invoke
from edge_caller.proxy import forward
from edge_caller.request_log import RequestLog
from edge_caller.signer.errors import SigningError
from edge_caller.upstream import Upstream
from edge_caller.variables import Variables, variables_of_process


class EdgeCaller:
    """The ASGI app. `/_edge/health` and `/_edge/invoke` are its own; every other path goes to the function.

    After the start of an answer it raises its errors, logged already: the server must break the answer off.
    """

    def __init__(
        self, transport: httpx.AsyncBaseTransport, settings: Settings | None, write_line: Callable[[str], None]
    ) -> None:
        self._transport = transport
        self._settings = settings
        self._write_line = write_line
        self._upstream: Upstream | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        log = RequestLog(scope, send)
        try:
            await self._route(log, scope, receive)
        except ClientLeft as error:
            log.error = str(error)
        except (EdgeCallerError, SigningError) as error:
            log.error = str(error)
            if log.status:
                raise
            await problem(error)(scope, receive, log.send)
        finally:
            self._write_line(log.line())

    async def _route(self, log: RequestLog, scope: Scope, receive: Receive) -> None:
        path = scope["path"]
        if path == "/_edge/health":
            check_method(scope, "GET", "HEAD")
            await JSONResponse({"status": "ok"})(scope, receive, log.send)
            return
        upstream = self._resolved(scope)
        if path == "/_edge/invoke":
            check_method(scope, "POST")
            check_bearer_token(upstream.settings, scope)
            await invoke(upstream, log, scope, receive)
        else:
            check_bearer_token(upstream.settings, scope)
            await forward(upstream, log, scope, receive)

    def _resolved(self, scope: Scope) -> Upstream:
        """The settings with what is made of them, once. Raises ConfigurationError."""
        if self._upstream is None:
            settings = self._settings or settings_for(scope)
            self._upstream = Upstream(settings, self._transport)
        return self._upstream

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """Closes the connections at the end of a process. A Worker has none to close, and nothing starts here."""
        while True:
            event = await receive()
            if event["type"] == "lifespan.shutdown":
                await self._transport.aclose()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return


def create_app(
    *,
    transport: httpx.AsyncBaseTransport,
    settings: Settings | None = None,
    write_line: Callable[[str], None] = print,
) -> EdgeCaller:
    """The ASGI app. Without `settings` it reads them on the first request: from the Worker's env, else the process."""
    return EdgeCaller(transport, settings, write_line)


def settings_for(scope: Scope) -> Settings:
    """The settings for this host. Raises ConfigurationError, on a Worker also where it would be open to anyone."""
    env = scope.get("env")
    if env is None:
        return Settings.from_variables(*variables_of_process())
    variables: Variables = env if isinstance(env, Mapping) else {n: getattr(env, n, None) for n in VARIABLE_NAMES}
    settings = Settings.from_variables(variables, "the Worker's environment")
    check_not_open(settings, "this Worker")
    return settings


def check_method(scope: Scope, *allowed: str) -> None:
    if scope["method"] not in allowed:
        raise MethodNotAllowed(scope["path"], ", ".join(allowed))
