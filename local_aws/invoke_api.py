"""The Invoke operation of the Lambda API: the body is the event, the response is what the function returned.

It supports RequestResponse only. The function is named by its name or ARN; the one version here is `$LATEST`.
Source: AWS Lambda API Reference, "Invoke".
"""

import re
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from local_aws.errors import TIMED_OUT, FunctionError, Refusal
from local_aws.function.payload import payload_bytes, payload_from
from local_aws.function.response import MappedResponse
from local_aws.function.runtime import Runtime, StreamingRuntime, check_size
from local_aws.function.streaming import CONTENT_TYPE, StreamedResponse, prelude_bytes
from local_aws.iam.access import Access
from local_aws.iam.decision import decide
from local_aws.received import ReceivedRequest
from local_aws.record import Gate, Record
from local_aws.refusals import (
    another_qualifier,
    fact,
    function_not_found,
    invalid_invocation_type,
    invalid_request_content,
    missing_token,
    not_authorized,
    too_many_requests,
)

# What Lambda itself says about a function, not the function: its message begins with the request ID.
LAMBDAS_OWN = (
    *(TIMED_OUT, "Runtime.ExitError", "Runtime.InvalidEntrypoint"),
    *("Extension.Crash", "Extension.LaunchError", "Extension.InitError"),
)
ACTION = "lambda:InvokeFunction"
match_path = re.compile(r"/2015-03-31/functions/([^/]+)/invocations").fullmatch


@dataclass(frozen=True)
class InvokeApi:
    access: Access
    runtime: Runtime
    streaming: StreamingRuntime | None = None

    async def answer(self, request: ReceivedRequest, record: Record, invocation: AsyncExitStack) -> MappedResponse:
        """The payload. A function that fails is a 200 with X-Amz-Function-Error, as at AWS. Raises Refusal."""
        caller = self.access.authenticate(request, record, unsigned=missing_token)
        arn, function = self._arn(request), self.access.function
        # UNVERIFIED (invoke-with-the-urls-policy): that lambda:InvokedViaFunctionUrl is absent here, not "false".
        record.at = Gate.PERMISSION
        decision = decide(caller.statements, ACTION, arn, {}).of(caller.name)
        record.decisions.append(decision)
        if not decision.allowed:
            raise not_authorized(caller.user_arn, function.account_id, decision)
        record.at = Gate.FUNCTION
        if arn.removesuffix(":$LATEST") != function.arn:
            raise function_not_found(arn, function.arn)
        record.event = event = event_of(request)
        content_type = b"application/json"
        headers = [(b"x-amz-executed-version", b"$LATEST")]
        try:
            body, content_type = await self._payload(event, record)
        except Refusal as throttled:
            raise too_many_requests(*throttled.findings) from throttled
        except (FunctionError, ValueError) as error:
            headers.append((b"x-amz-function-error", b"Unhandled"))
            body = payload_bytes(error_payload(error, record.request_id))
            record.findings = (fact("function_failed", error=str(error)),)
        return MappedResponse(200, [(b"content-type", content_type), *headers], body)

    async def _payload(self, event: Any, record: Record) -> tuple[bytes, bytes]:
        """The payload and its content type. UNVERIFIED (stream-invoked-content-type): that of a stream."""
        if self.streaming:
            return await whole_stream(self.streaming.stream(event, record.request_id), record), CONTENT_TYPE
        record.answer = await self.runtime.invoke(event, record.request_id)
        return payload_bytes(record.answer), b"application/json"

    def _arn(self, request: ReceivedRequest) -> str:
        """The ARN that the policies are asked about, with the qualifier where the request has one. Raises Refusal."""
        matched = match_path(request.path)
        name = unquote(matched[1]) if matched else ""
        function = self.access.function
        arn = name if name.startswith("arn:") else function.arn.removesuffix(function.name) + name
        in_path = ":".join(arn.split(":")[7:])
        given = dict(request.parameters()).get(b"Qualifier", b"").decode("utf-8", "replace")
        if given and in_path and given != in_path:
            raise another_qualifier(in_path, given)
        return f"{arn}:{given}" if given and not in_path else arn


def error_payload(error: Exception, request_id: str) -> dict[str, str]:
    """What AWS answers for a function that failed."""
    if not isinstance(error, FunctionError):
        return {"errorType": "Runtime.MarshalError", "errorMessage": str(error)}
    of_lambda = error.error_type in LAMBDAS_OWN and not error.error_message.startswith("RequestId: ")
    before = f"RequestId: {request_id} Error: " if of_lambda else ""
    return {"errorType": error.error_type, "errorMessage": before + error.error_message}


def event_of(request: ReceivedRequest) -> Any:
    """The event, `{}` without a body. Raises Refusal."""
    invocation_type = request.header("x-amz-invocation-type") or "RequestResponse"
    if invocation_type != "RequestResponse":
        raise invalid_invocation_type(invocation_type)
    try:
        return payload_from(request.body.decode() or "{}")
    except ValueError as error:
        raise invalid_request_content(str(error)) from error


async def whole_stream(streaming: AbstractAsyncContextManager[StreamedResponse], record: Record) -> bytes:
    """Prelude, eight NULs and body: Invoke doesn't take a streamed response apart, and answers at its end.

    UNVERIFIED (stream-invoked): seen with AWS's emulator alone.
    """
    async with streaming as streamed:
        record.answer = streamed.prelude
        whole = bytearray(prelude_bytes(streamed.prelude))
        async for piece in streamed.body:
            whole += piece
            check_size(len(whole))
    return bytes(whole)
