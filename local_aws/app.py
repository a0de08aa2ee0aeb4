"""create_app(): the stand-in as an ASGI app. It routes each request to the Function URL or the Invoke API, and logs it.

A Host of the form `<id>.lambda-url.<region>.on.aws` names a Function URL. Any other Host is the Invoke API for the
paths of that API, and the one function's URL for all others. The log says why a request was refused: AWS doesn't.
Source: AWS Lambda Developer Guide, "Lambda function URLs"; AWS Lambda API Reference, "Invoke".
"""

import os
import re
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from uuid import uuid4

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from local_aws.config import Settings
from local_aws.errors import ConfigurationError, FunctionError, Refusal
from local_aws.function.emulator import EmulatorRuntime
from local_aws.function.response import MappedResponse
from local_aws.function.runtime import ReservedConcurrency, Runtime, StreamingRuntime, WebAppRuntime
from local_aws.function_url import FunctionUrl
from local_aws.iam.access import Access
from local_aws.invoke_api import InvokeApi, match_path
from local_aws.reasons import line_of
from local_aws.received import ReceivedRequest, receive_request
from local_aws.record import Record
from local_aws.refusals import MAX_EVENT_BYTES, fact, malformed_header, malformed_target, unknown_url
from local_aws.request_log import log_record
from local_aws.sending import send_response, send_stream

REASON_HEADER = b"x-local-aws-reason"  # the stand-in's own: AWS gives no reason
WARNING_HEADER = b"x-local-aws-warning"
MAX_REASON_BYTES = 2048

has_control_character = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]").search
match_function_url = re.compile(r"([0-9a-z]+\.lambda-url\.[a-z0-9-]+\.on\.aws)(?::\d+)?").fullmatch


class LocalAws:
    """The ASGI app. Each observer is called with the record of each request, once its response is known.

    With `streaming` the function's invoke mode is RESPONSE_STREAM. A streamed response is known at its end.
    """

    def __init__(
        self,
        access: Access,
        runtime: Runtime,
        *,
        observers: Iterable[Callable[[Record], None]] = (log_record,),
        reason_header: bool = True,
        streaming: StreamingRuntime | None = None,
    ) -> None:
        self._access = access
        self._function_url = FunctionUrl(access, runtime, streaming)
        self._invoke_api = InvokeApi(access, runtime, streaming)
        self._observers = tuple(observers)
        self._reason_header = reason_header

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        record = Record(str(uuid4()), self._access.now(), scope["method"], scope["path"])
        try:
            async with AsyncExitStack() as invocation:
                response = await self._answer(scope, receive, record, invocation)
                if response and response.pieces:
                    await send_stream(response, response.pieces, record, started, receive, send)
        except FunctionError as error:  # of a stream that has begun
            record.findings = (fact("function_failed", error=str(error)),)
        record.seconds = time.perf_counter() - started
        for observe in self._observers:
            observe(record)
        if response and not response.pieces:
            await send_response(response, scope["method"], send)

    async def _answer(
        self, scope: Scope, receive: Receive, record: Record, invocation: AsyncExitStack
    ) -> MappedResponse | None:
        """The response; None where the client disconnected before its request was complete."""
        try:
            record.request = request = await receive_request(scope, receive, MAX_EVENT_BYTES)
            response = await self._api_of(request).answer(request, record, invocation)
        except ClientDisconnect:
            record.findings = (fact("client_disconnected"),)
            return None
        except Refusal as refusal:
            record.error_type, record.message, record.findings = refusal.error_type, refusal.message, refusal.findings
            response = refused(refusal)
        except ConfigurationError as error:
            record.findings = (fact("misconfigured", error=str(error)),)
            response = misconfigured(error)
        response.headers.append((b"x-amzn-requestid", record.request_id.encode()))
        for name, findings in ((REASON_HEADER, record.findings), (WARNING_HEADER, record.warnings)):
            if findings and self._reason_header:
                response.headers.append((name, line_of(findings)[:MAX_REASON_BYTES].encode()))
        record.status, record.headers, record.body = response.status, response.headers, response.body
        return response

    def _api_of(self, request: ReceivedRequest) -> FunctionUrl | InvokeApi:
        """Function URL or Invoke API. Raises Refusal for another function's URL, and for a malformed head."""
        if not request.path.startswith("/") or "#" in request.path + request.query:
            raise malformed_target(request.path)
        for name, value in request.headers:
            if has_control_character(value):
                raise malformed_header(name)
        host = (request.header("host") or "").lower()
        named = match_function_url(host)
        if named and named[1] != self._access.function.domain_name:
            raise unknown_url(host, self._access.function.domain_name)
        if not named and request.method == "POST" and match_path(request.path):
            return self._invoke_api
        return self._function_url


def local_aws_over(
    access: Access, settings: Settings, observers: Iterable[Callable[[Record], None]] = (log_record,)
) -> LocalAws:
    runtime = runtime_for(settings)
    streaming = runtime if settings.streams else None
    return LocalAws(access, runtime, observers=observers, reason_header=settings.reason_header, streaming=streaming)


def create_app(settings: Settings | None = None) -> LocalAws:
    """The ASGI app over the emulator at `settings.emulator_url`, else the web app. Raises ConfigurationError."""
    settings = settings or Settings.from_variables(os.environ)
    access = Access(settings.function, more=settings.callers)
    return local_aws_over(access, settings)


def runtime_for(settings: Settings) -> ReservedConcurrency:
    runtime: StreamingRuntime
    if settings.emulator_url:
        runtime = EmulatorRuntime(settings.emulator_url, timeout_seconds=settings.timeout_seconds)
    else:
        runtime = WebAppRuntime(
            settings.web_app_url,
            settings.function,
            timeout_seconds=settings.timeout_seconds,
            authorization_source=settings.authorization_source,
        )
    return ReservedConcurrency(runtime, settings.reserved_concurrency)


def refused(refusal: Refusal) -> MappedResponse:
    headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", refusal.error_type.encode())]
    return MappedResponse(refusal.status, headers, refusal.body)


def misconfigured(error: ConfigurationError) -> MappedResponse:
    """Not an answer of AWS's: the stand-in can't work until its file is corrected."""
    body = f"The local stand-in can't work: {error}\n".encode()
    return MappedResponse(500, [(b"content-type", b"text/plain; charset=utf-8")], body)
