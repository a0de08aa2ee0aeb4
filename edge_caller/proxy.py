"""The way through: a client's request in, the same request signed and sent, the answer streamed back.

It calls the transport without a client: an httpx client keeps cookies, and would send one client's cookies with the
next request.
"""

from contextlib import aclosing

import httpx
from starlette.types import Receive, Scope

from edge_caller.answer import send_answer
from edge_caller.body import read_body
from edge_caller.cancellation import call_limit
from edge_caller.errors import UpstreamTimeout
from edge_caller.headers import RawHeaders
from edge_caller.hints import hint
from edge_caller.incoming import check_head, request_headers, request_target
from edge_caller.request_log import REQUEST_ID, RequestLog
from edge_caller.upstream import Upstream

METHODS_WITH_LENGTH = ("POST", "PUT", "PATCH")  # an empty body is announced too: RFC 9110, section 8.6
TOO_LONG = "the request took longer than EDGE_WHOLE_TIMEOUT_SECONDS: ask for less, or allow more"


async def forward(upstream: Upstream, log: RequestLog, scope: Scope, receive: Receive) -> None:
    """Raises an EdgeCallerError or SigningError: before anything was sent back, or later to break the answer off."""
    check_head(scope)
    target, headers = request_target(scope), request_headers(scope, upstream.settings)
    url, limits = upstream.settings.function_url, upstream.limits
    with upstream.memory.counted() as take:
        body = await read_body(scope, receive, limits, take)
        request = upstream_request(scope["method"], url, target, headers, body, log)
        with call_limit(limits.whole_timeout_seconds, UpstreamTimeout, TOO_LONG, receive):
            async with upstream.slots, aclosing(await upstream.send(request, log)) as response:
                log.error = hint(response)
                await send_answer(response, url, limits, log.send)


def upstream_request(
    method: str, url: httpx.URL, target: bytes, headers: RawHeaders, body: bytes, log: RequestLog
) -> httpx.Request:
    """The request, not yet signed, with all its headers: httpx adds none when the body is a stream.

    `target` is what the request line says, apart from `url`, because parsing a URL costs more than signing it.
    """
    own = [(b"host", url.netloc), (REQUEST_ID, log.request_id)]
    if body or method in METHODS_WITH_LENGTH:
        own.append((b"content-length", b"%d" % len(body)))
    stream = httpx.ByteStream(body)
    request = httpx.Request(method, url, headers=own + headers, stream=stream, extensions={"target": target})
    request.read()  # or the auth flow would, asynchronously, which takes longer
    return request
