"""The Invoke operation of the Lambda API: the body is the event, the response is what the function returned.

It supports RequestResponse only, and names the function by name, with or without `$LATEST`, or by ARN.
Source: AWS Lambda API Reference, "Invoke".
"""

import re
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from local_aws.errors import FunctionError
from local_aws.function.payload import payload_bytes, payload_from
from local_aws.function.response import MappedResponse
from local_aws.function.runtime import Runtime, StreamingRuntime, check_size
from local_aws.function.streaming import CONTENT_TYPE, StreamedResponse, prelude_bytes
from local_aws.iam.access import Access
from local_aws.received import ReceivedRequest
from local_aws.record import Gate, Record
from local_aws.refusals import (
    fact,
    function_not_found,
    invalid_invocation_type,
    invalid_request_content,
    missing_token,
    not_authorized,
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
        arn = self._arn(request.path)
        # UNVERIFIED: that lambda:InvokedViaFunctionUrl is absent here, not "false".
        decision = self.access.decide(caller, ACTION, arn, {}, record)
        if not decision.allowed:
            raise not_authorized(caller.user_arn, decision, decision.finding())
        record.at = Gate.FUNCTION
        if arn != self.access.function.arn:
            raise function_not_found(arn, self.access.function.arn)
        record.event = event = event_of(request)
        content_type = b"application/json"
        headers = [(b"x-amz-executed-version", b"$LATEST")]
        try:
            if self.streaming:
                streaming = self.streaming.stream(event, record.request_id)
                body, content_type = await whole_stream(streaming, record), CONTENT_TYPE
            else:
                record.answer = await self.runtime.invoke(event, record.request_id)
                body = payload_bytes(record.answer)
        except (FunctionError, ValueError) as error:
            headers.append((b"x-amz-function-error", b"Unhandled"))
            body = payload_bytes({"errorType": "FunctionError", "errorMessage": str(error)})
            record.findings = (fact("function_failed", error=str(error)),)
        return MappedResponse(200, [(b"content-type", content_type), *headers], body)

    def _arn(self, path: str) -> str:
        matched = match_path(path)
        name = unquote(matched[1]).removesuffix(":$LATEST") if matched else ""
        function = self.access.function
        return name if name.startswith("arn:") else function.arn.removesuffix(function.name) + name


def event_of(request: ReceivedRequest) -> Any:
    """The event, `{}` without a body. Raises Refusal."""
    invocation_type = request.header("x-amz-invocation-type") or "RequestResponse"
    if invocation_type != "RequestResponse":
        raise invalid_invocation_type(invocation_type)
    try:
        return payload_from(request.body.decode() or "{}")
    except ValueError as error:
        raise invalid_request_content(type(error).__name__) from error


async def whole_stream(streaming: AbstractAsyncContextManager[StreamedResponse], record: Record) -> bytes:
    """Prelude, eight NULs and body: Invoke doesn't take a streamed response apart, and answers at its end."""
    async with streaming as streamed:
        record.answer = streamed.prelude
        whole = bytearray(prelude_bytes(streamed.prelude))
        async for piece in streamed.body:
            whole += piece
            check_size(len(whole))
    return bytes(whole)
