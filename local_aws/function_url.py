"""The Function URL with AuthType AWS_IAM: authenticate, authorise, make the event, invoke, map the answer.

A refusal is raised; `app.py` answers and logs it. Nothing is stored between requests.
Source: AWS Lambda Developer Guide, "Control access to Lambda function URLs".
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from local_aws.errors import FunctionError
from local_aws.function.event import event_from
from local_aws.function.payload import payload_bytes
from local_aws.function.response import MappedResponse, response_from, response_from_stream
from local_aws.function.runtime import Runtime, StreamingRuntime
from local_aws.iam.access import Access
from local_aws.iam.callers import Caller
from local_aws.iam.decision import function_url_decisions
from local_aws.received import ReceivedRequest
from local_aws.record import Gate, Record
from local_aws.refusals import MAX_EVENT_BYTES, fact, forbidden, too_large


@dataclass(frozen=True)
class FunctionUrl:
    """With `streaming` its invoke mode is RESPONSE_STREAM, otherwise BUFFERED."""

    access: Access
    runtime: Runtime
    streaming: StreamingRuntime | None = None

    async def answer(self, request: ReceivedRequest, record: Record, invocation: AsyncExitStack) -> MappedResponse:
        """The response. A function that fails is a 502, and the reason is in the record only. Raises Refusal.

        `invocation` is to be left once the response is sent: a streamed one runs until then.
        """
        caller = self.access.authenticate(request, record, unsigned=forbidden)
        self._authorize(caller, record)
        now = self.access.now()
        trace_id = f"Root=1-{int(now.timestamp()):08x}-{record.request_id.replace('-', '')[:24]}"
        record.at = Gate.FUNCTION
        record.event = event = event_from(
            request, self.access.function, caller, request_id=record.request_id, trace_id=trace_id, now=now
        )
        size = len(payload_bytes(event))
        if size > MAX_EVENT_BYTES:
            raise too_large(fact("event_too_large", came=str(size), most=str(MAX_EVENT_BYTES)))
        try:
            response = await self._invoke(event, record, invocation)
        except FunctionError as error:
            record.findings = (fact("function_failed", error=str(error)),)
            response = MappedResponse(502, [(b"content-type", b"text/plain")], b"Internal Server Error")
        response.headers.append((b"x-amzn-trace-id", trace_id.encode()))
        return response

    async def _invoke(self, event: Any, record: Record, invocation: AsyncExitStack) -> MappedResponse:
        if self.streaming:
            streamed = await invocation.enter_async_context(self.streaming.stream(event, record.request_id))
            record.answer = streamed.prelude
            return response_from_stream(streamed)
        record.answer = await self.runtime.invoke(event, record.request_id)
        return response_from(record.answer)

    def _authorize(self, caller: Caller, record: Record) -> None:
        """Both actions must be allowed; the record keeps both decisions."""
        record.at = Gate.PERMISSION
        decisions = function_url_decisions(caller.statements, self.access.function.arn, caller.name)
        record.decisions += decisions
        denied = [decision.finding() for decision in decisions if not decision.allowed]
        if denied:
            raise forbidden(*denied)
