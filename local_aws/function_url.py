"""The Function URL with AuthType AWS_IAM: authenticate, authorise, make the event, invoke, map the answer.

What it refuses it raises; `app.py` answers and logs it. It stores nothing between requests.
Source: AWS Lambda Developer Guide, "Control access to Lambda function URLs".
"""

from dataclasses import dataclass

from local_aws.errors import FunctionError
from local_aws.function.event import event_from
from local_aws.function.payload import payload_bytes
from local_aws.function.response import MappedResponse, response_from
from local_aws.function.runtime import Runtime
from local_aws.iam.access import Access
from local_aws.iam.callers import Caller
from local_aws.received import ReceivedRequest
from local_aws.refusals import forbidden, too_large

MAX_EVENT_BYTES = 6_291_456  # AWS Lambda Developer Guide, "Lambda quotas", as of 2026-11


@dataclass(frozen=True)
class FunctionUrl:
    access: Access
    runtime: Runtime

    async def answer(self, request: ReceivedRequest, request_id: str) -> MappedResponse:
        """What the caller gets; a function that fails is a 502 without a word of why. Raises Refusal."""
        caller = self.access.authenticate(request, unsigned=forbidden("the request is not signed: sign it with SigV4"))
        self._authorize(caller)
        now = self.access.now()
        trace_id = f"Root=1-{int(now.timestamp()):08x}-{request_id.replace('-', '')[:24]}"
        event = event_from(request, self.access.function, caller, request_id=request_id, trace_id=trace_id, now=now)
        size = len(payload_bytes(event))
        if size > MAX_EVENT_BYTES:
            raise too_large(f"the event is {size} bytes, more than {MAX_EVENT_BYTES}: base64 adds a third to a body")
        try:
            response = response_from(await self.runtime.invoke(event, request_id))
        except FunctionError as error:
            headers = [(b"content-type", b"text/plain")]
            response = MappedResponse(502, headers, b"Internal Server Error", reason=str(error))
        response.headers.append((b"x-amzn-trace-id", trace_id.encode()))
        return response

    def _authorize(self, caller: Caller) -> None:
        """Both actions that AWS asks for since October 2025, each with the condition keys of its own."""
        arn = self.access.function.arn
        contexts = {
            "lambda:InvokeFunctionUrl": {"lambda:FunctionUrlAuthType": "AWS_IAM", "lambda:FunctionArn": arn},
            "lambda:InvokeFunction": {"lambda:InvokedViaFunctionUrl": "true"},
        }
        for action, context in contexts.items():
            denial = self.access.denial(caller, action, arn, context)
            if denial:
                raise forbidden(denial.reason)
