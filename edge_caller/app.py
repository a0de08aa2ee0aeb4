"""create_app(): the edge caller as an ASGI app: its few routes, and who may use it.

Nothing is read, opened or started at import: settings and transport come to be at the first request, since on a
Worker the variables arrive with the request and there is no other start.
Source: ASGI specification, "HTTP & WebSocket ASGI Message Format".
"""

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from edge_caller.config import NAMES, Settings, settings_from, variables_of_process
from edge_caller.deadline import Deadline
from edge_caller.errors import ClientLeft, EdgeCallerError, RequestError, Unauthorized, UpstreamError
from edge_caller.exchange import Exchange
from edge_caller.outgoing import read_body
from edge_caller.problems import method_not_allowed, problem, problem_document
from edge_caller.proxy import pass_on, request_for
from edge_caller.signer.errors import SigningError
from edge_caller.upstream import Upstream

WORKER = "the Worker's environment"


class EdgeCaller:
    """The ASGI app. `POST /_edge/invoke` and `GET /_edge/health` are its own; all else goes to the function."""

    def __init__(self, settings: Settings | None, transport: httpx.AsyncBaseTransport | None) -> None:
        self._settings = settings
        self._transport = transport
        self._upstream: Upstream | None = None
        self._routes = Router(
            [
                Route("/_edge/health", health, methods=["GET"]),
                Route("/_edge/invoke", self._invoke, methods=["POST"]),
            ],
            lifespan=self._lifespan,
        )
        self._own_paths = {"/_edge/health", "/_edge/invoke"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._routes(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, an error with its problem document, and writes the request's line."""
        exchange = Exchange(scope, send)
        try:
            if scope["path"] in self._own_paths:
                scope["app"] = self  # so that the router raises HTTPException for a method that a route doesn't have
                scope["exchange"] = exchange  # a cycle, which is why the way through below goes without it
                await self._routes(scope, receive, exchange.send)
            else:
                settings, upstream = self._resolve(scope)
                check_bearer_token(settings, scope)
                await pass_on(upstream, exchange, scope, receive)
        except ClientLeft as error:
            exchange.error = str(error)
        except (EdgeCallerError, SigningError) as error:
            exchange.error = str(error)
            if exchange.status:
                raise error from None  # the server breaks the connection, as it must
            await problem(error)(scope, receive, exchange.send)
        except HTTPException as error:
            await method_not_allowed(scope["path"], error)(scope, receive, exchange.send)
        finally:
            exchange.write_line()

    async def _invoke(self, request: Request) -> Response:
        """The Lambda Invoke API: the body is the event, the answer the payload."""
        settings, upstream = self._resolve(request.scope)
        if settings.invoke_url is None:
            return problem_document(HTTPStatus.NOT_FOUND, "the Invoke API is off: set FUNCTION_NAME to turn it on")
        check_bearer_token(settings, request.scope)
        exchange = request.scope["exchange"]
        async with Deadline(upstream.limits.whole_timeout_seconds) as deadline:
            event = await read_body(request.scope, request.receive, deadline, upstream.limits)
            check_json(event)
            headers = [(b"content-type", b"application/json")]
            url = settings.invoke_url
            signed = request_for("POST", url, url.raw_path, headers, event, exchange)
            deadline.watch(request.receive)
            async with upstream.place(deadline), aclosing(await upstream.send(signed, exchange, deadline)) as answer:
                payload = b"".join([piece async for piece in upstream.pieces(answer, deadline)])
        if "x-amz-function-error" in answer.headers:
            raise UpstreamError("the function failed: its log (CloudWatch Logs) says why")
        return Response(payload, answer.status_code, media_type=answer.headers.get("content-type"))

    def _resolve(self, scope: Scope) -> tuple[Settings, Upstream]:
        """The settings and what they make, made at the first request and kept."""
        if self._settings is None:
            self._settings = settings_from(*variables_for(scope))
        if self._upstream is None:
            if self._transport is None:
                from edge_caller.process.aiohttp_transport import (
                    AiohttpTransport,  # here, since a Worker has no aiohttp
                )

                self._transport = AiohttpTransport(self._settings.limits.connect_timeout_seconds)
            self._upstream = Upstream(self._settings, self._transport)
        return self._settings, self._upstream

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        """Closes the connections at the end of a process. A Worker has none to close, and nothing starts here."""
        yield
        if self._transport is not None:
            await self._transport.aclose()


def create_app(settings: Settings | None = None, transport: httpx.AsyncBaseTransport | None = None) -> EdgeCaller:
    """The ASGI app. Without `settings` it takes them at the first request: from the Worker's env, else the process."""
    return EdgeCaller(settings, transport)


def variables_for(scope: Scope) -> tuple[Mapping[str, str | None], str]:
    """The variables of this request and where they are from."""
    env = scope.get("env")
    if env is None:
        return variables_of_process()
    if isinstance(env, Mapping):
        return env, WORKER
    return {name: getattr(env, name, None) for name in NAMES}, WORKER


async def health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def check_bearer_token(settings: Settings, scope: Scope) -> None:
    """Raises Unauthorized unless the request carries EDGE_BEARER_TOKEN, where one is set."""
    if settings.bearer_token is None:
        return
    given = dict(scope["headers"]).get(b"authorization", b"")
    if not hmac.compare_digest(given, b"Bearer " + settings.bearer_token.encode()):
        raise Unauthorized("this edge asks for its bearer token: send it as Authorization: Bearer <EDGE_BEARER_TOKEN>")


def check_json(event: bytes) -> None:
    try:
        json.loads(event)
    except (ValueError, RecursionError) as error:
        raise RequestError("the body is not JSON: send the event as JSON") from error


app = create_app()
