"""create_app(): the stand-in as an ASGI app: lets each request in by its door, answers, and logs a line.

A Host of the form `<id>.lambda-url.<region>.on.aws` names a Function URL. Any other Host is the Invoke API for the
paths of that API, and the one function's URL for all else. The line tells why a request was refused: AWS never does.
Source: AWS Lambda Developer Guide, "Lambda function URLs"; AWS Lambda API Reference, "Invoke".
"""

import logging
import re
from uuid import uuid4

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from local_aws.config import Settings
from local_aws.errors import ConfigurationError, Refusal
from local_aws.function.emulator import EmulatorRuntime
from local_aws.function.response import MappedResponse
from local_aws.function.runtime import Runtime, WebAppRuntime
from local_aws.function_url import MAX_EVENT_BYTES, FunctionUrl
from local_aws.iam.access import Access
from local_aws.invoke_api import InvokeApi, match_path
from local_aws.received import ReceivedRequest, receive_request
from local_aws.refusals import malformed_target, unknown_url
from policies.function import Function

match_function_url = re.compile(r"([0-9a-z]+\.lambda-url\.[a-z0-9-]+\.on\.aws)(?::\d+)?").fullmatch

log = logging.getLogger("local_aws")


class LocalAws:
    """The ASGI app."""

    def __init__(self, access: Access, runtime: Runtime) -> None:
        self._domain_name = access.function.domain_name
        self._function_url = FunctionUrl(access, runtime)
        self._invoke_api = InvokeApi(access, runtime)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = str(uuid4())
        try:
            request = await receive_request(scope, receive, MAX_EVENT_BYTES)
            response = await self._door(request).answer(request, request_id)
        except ClientDisconnect:
            log.info("the client left before its %s %s was complete", scope["method"], printable(scope["path"]))
            return
        except Refusal as refusal:
            response = refused(refusal)
        except ConfigurationError as error:
            response = misconfigured(error)
        response.headers.append((b"x-amzn-requestid", request_id.encode()))
        line = f"{response.status} {scope['method']} {scope['path']}"
        log.info("%s", printable(f"{line} - {response.reason}" if response.reason else line))
        await send_response(response, scope["method"], send)

    def _door(self, request: ReceivedRequest) -> FunctionUrl | InvokeApi:
        if not request.path.startswith("/") or "#" in request.path + request.query:
            raise malformed_target(request.path)
        host = (request.header("host") or "").lower()
        named = match_function_url(host)
        if named and named[1] != self._domain_name:
            raise unknown_url(host)
        if not named and request.method == "POST" and match_path(request.path):
            return self._invoke_api
        return self._function_url


def create_app(settings: Settings | None = None) -> LocalAws:
    """The ASGI app over the emulator at `settings.emulator_url`, else the web app. Raises ConfigurationError."""
    settings = settings or Settings.from_environment()
    function = Function()
    return LocalAws(Access(function), runtime_for(settings, function))


def runtime_for(settings: Settings, function: Function) -> Runtime:
    if settings.emulator_url:
        return EmulatorRuntime(
            settings.emulator_url,
            reserved_concurrency=settings.reserved_concurrency,
            timeout_seconds=settings.timeout_seconds,
        )
    return WebAppRuntime(
        settings.web_app_url,
        function,
        reserved_concurrency=settings.reserved_concurrency,
        timeout_seconds=settings.timeout_seconds,
    )


def refused(refusal: Refusal) -> MappedResponse:
    headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", refusal.error_type.encode())]
    return MappedResponse(refusal.status, headers, refusal.body, f"{refusal.error_type}: {refusal}")


def misconfigured(error: ConfigurationError) -> MappedResponse:
    """No answer of AWS's: the stand-in itself can't work until its file is corrected."""
    body = f"The local stand-in can't work: {error}\n".encode()
    return MappedResponse(500, [(b"content-type", b"text/plain; charset=utf-8")], body, str(error))


def printable(text: str) -> str:
    """One line, whatever a client sent: nothing of it can begin another line of the log."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


async def send_response(response: MappedResponse, method: str, send: Send) -> None:
    has_body = method != "HEAD" and response.status not in (204, 304)
    length = [(b"content-length", str(len(response.body)).encode())] if has_body else []
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers + length})
    await send({"type": "http.response.body", "body": response.body if has_body else b""})
