"""create_app(): the edge caller as an ASGI app: its few routes, who may use it, which error is which status.

Nothing is read, opened or started at import: settings and transport come to be at the first request, since on a
Worker the variables arrive with the request and there is no other start.
Source: ASGI specification, "HTTP & WebSocket ASGI Message Format".
"""

import hmac
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from edge_caller.auth import SigV4Auth
from edge_caller.config import NAMES, Settings, settings_from, variables_of_process
from edge_caller.errors import (
    BodyTooLarge,
    ConfigurationError,
    EdgeCallerError,
    RequestError,
    SigningError,
    Unauthorized,
    UpstreamError,
    UpstreamTimeout,
)
from edge_caller.proxy import TIMEOUT, read_answer, read_body, request_for, send_back, send_signed

STATUSES: dict[type, HTTPStatus] = {
    ConfigurationError: HTTPStatus.INTERNAL_SERVER_ERROR,
    SigningError: HTTPStatus.INTERNAL_SERVER_ERROR,
    RequestError: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UpstreamError: HTTPStatus.BAD_GATEWAY,
    UpstreamTimeout: HTTPStatus.GATEWAY_TIMEOUT,
}

log = logging.getLogger("edge_caller")


class EdgeCaller:
    """The ASGI app. `POST /_edge/invoke` and `GET /_edge/health` are its own; all else goes to the function."""

    def __init__(self, settings: Settings | None, transport: httpx.AsyncBaseTransport | None) -> None:
        self._settings = settings
        self._transport = transport
        self._auth: SigV4Auth | None = None
        self._routes = Router(
            [
                Route("/_edge/health", health, methods=["GET"]),
                Route("/_edge/invoke", self._invoke, methods=["POST"]),
            ],
            default=self._proxy,
            redirect_slashes=False,
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the routes, answers an error with its problem document, and logs a line per request."""
        if scope["type"] != "http":
            await self._routes(scope, receive, send)
            return
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        detail = ""
        scope["app"] = self  # so that the router raises HTTPException for a method that a route doesn't have
        try:
            await self._routes(scope, receive, watched_send)
        except HTTPException as error:
            await method_not_allowed(scope, error)(scope, receive, watched_send)
        except EdgeCallerError as error:
            if status:
                raise
            detail = f": {error}"
            await problem(error)(scope, receive, watched_send)
        finally:
            log.info("%d %s %s%s", status, scope["method"], ascii(scope["path"])[1:-1], detail)

    async def _proxy(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings, transport, auth = self._resolve(scope)
        check_bearer_token(settings, scope)
        request = await request_for(settings.function_url, scope, receive)
        await send_back(await send_signed(transport, auth, request), send)

    async def _invoke(self, request: Request) -> Response:
        """The Lambda Invoke API: the body is the event, the answer the payload."""
        settings, transport, auth = self._resolve(request.scope)
        if settings.invoke_url is None:
            return problem_document(HTTPStatus.NOT_FOUND, "the Invoke API is off: set FUNCTION_NAME to turn it on")
        check_bearer_token(settings, request.scope)
        event = await read_body(request.scope, request.receive)
        try:
            json.loads(event)
        except ValueError as error:
            raise RequestError("the body is not JSON: send the event as JSON") from error
        signed = httpx.Request(
            "POST",
            settings.invoke_url,
            headers={"content-type": "application/json"},
            content=event,
            extensions={"timeout": TIMEOUT.as_dict()},
        )
        answer = await send_signed(transport, auth, signed)
        payload = await read_answer(answer)
        if "x-amz-function-error" in answer.headers:
            raise UpstreamError("the function failed: its log (CloudWatch Logs) says why")
        return Response(payload, answer.status_code, media_type=answer.headers.get("content-type"))

    def _resolve(self, scope: Scope) -> tuple[Settings, httpx.AsyncBaseTransport, SigV4Auth]:
        """Settings, transport and signer, made at the first request and kept."""
        if self._settings is None:
            self._settings = settings_from(*variables_for(scope))
        if self._transport is None:
            self._transport = httpx.AsyncHTTPTransport()
        if self._auth is None:
            self._auth = SigV4Auth(self._settings.credentials, region=self._settings.region)
        return self._settings, self._transport, self._auth

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
        return env, "the Worker's environment"
    return {name: getattr(env, name, None) for name in NAMES}, "the Worker's environment"


async def health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def check_bearer_token(settings: Settings, scope: Scope) -> None:
    """Raises Unauthorized unless the request carries EDGE_BEARER_TOKEN, where one is set."""
    if settings.bearer_token is None:
        return
    given = dict(scope["headers"]).get(b"authorization", b"")
    if not hmac.compare_digest(given, b"Bearer " + settings.bearer_token.encode()):
        raise Unauthorized("this edge asks for its bearer token: send it as Authorization: Bearer <EDGE_BEARER_TOKEN>")


def problem(error: EdgeCallerError) -> Response:
    """The answer for an error: the status of its nearest class in STATUSES, its message as the detail."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    response = problem_document(status, str(error))
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def method_not_allowed(scope: Scope, error: HTTPException) -> Response:
    allowed = (error.headers or {})["Allow"]
    response = problem_document(HTTPStatus.METHOD_NOT_ALLOWED, f"{scope['path']} answers {allowed} only")
    response.headers["Allow"] = allowed
    return response


def problem_document(status: HTTPStatus, detail: str) -> Response:
    """RFC 9457, "Problem Details for HTTP APIs"."""
    content = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return JSONResponse(content, status, media_type="application/problem+json")


app = create_app()
