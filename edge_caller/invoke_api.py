"""`POST /_edge/invoke`: the Lambda Invoke API, where INVOKE_FUNCTION_NAME turns it on. The body is the event."""

import json
from contextlib import aclosing

from starlette.types import Receive, Scope

from edge_caller.answer import send_answer
from edge_caller.body import read_body
from edge_caller.cancellation import call_limit
from edge_caller.errors import NotFound, RequestError, UpstreamError, UpstreamTimeout
from edge_caller.hints import hint
from edge_caller.incoming import check_head
from edge_caller.proxy import TOO_LONG, upstream_request
from edge_caller.request_log import RequestLog
from edge_caller.upstream import Upstream


async def invoke(upstream: Upstream, log: RequestLog, scope: Scope, receive: Receive) -> None:
    """Answers with the payload. Raises an EdgeCallerError or SigningError."""
    check_head(scope)
    url, limits = upstream.settings.invoke_url, upstream.limits
    if url is None:
        raise NotFound("the Invoke API is off: set INVOKE_FUNCTION_NAME to turn it on")
    with upstream.memory.counted() as take:
        event = await read_body(scope, receive, limits, take)
        check_json(event)
        headers = [(b"content-type", b"application/json")]
        request = upstream_request("POST", url, url.raw_path, headers, event, log)
        with call_limit(limits.whole_timeout_seconds, UpstreamTimeout, TOO_LONG, receive):
            async with upstream.slots, aclosing(await upstream.send(request, log)) as response:
                log.error = hint(response)
                if "x-amz-function-error" in response.headers:
                    raise UpstreamError("the function failed: its log (CloudWatch Logs) says why")
                await send_answer(response, url, limits, log.send)


def check_json(event: bytes) -> None:
    try:
        json.loads(event)
    except (ValueError, RecursionError) as error:
        raise RequestError("the body isn't JSON: send the event as JSON") from error
