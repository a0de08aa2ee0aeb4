"""The way through: a request in, the same request signed and sent, the answer streamed back.

It knows no cookies, redirects or content codings, since it calls the transport itself: a client would send one
visitor's cookies with another's request.
Source: ASGI specification, "HTTP & WebSocket ASGI Message Format".
"""

from contextlib import aclosing

import httpx
from starlette.types import Receive, Scope, Send

from edge_caller.deadline import Deadline
from edge_caller.errors import UpstreamError
from edge_caller.exchange import REQUEST_ID, Exchange
from edge_caller.outgoing import RawHeaders, end_to_end, find_control, headers_of, read_body, target_of
from edge_caller.upstream import Upstream

WITH_LENGTH = ("POST", "PUT", "PATCH")  # whose empty body is announced too: RFC 9110, section 8.6
WITHOUT_BODY = (204, 304)


async def pass_on(upstream: Upstream, exchange: Exchange, scope: Scope, receive: Receive) -> None:
    """Raises RequestError, UpstreamError or SigningError; before anything was sent back, or else to break it off."""
    target, headers = target_of(scope), headers_of(scope)
    async with Deadline(upstream.limits.whole_timeout_seconds) as deadline:
        body = await read_body(scope, receive, deadline, upstream.limits)
        request = request_for(scope["method"], upstream.url, target, headers, body, exchange)
        deadline.watch(receive)
        async with upstream.place(deadline), aclosing(await upstream.send(request, exchange, deadline)) as response:
            await send_back(upstream, response, deadline, exchange.send)


def request_for(
    method: str, url: httpx.URL, target: bytes, headers: RawHeaders, body: bytes, exchange: Exchange
) -> httpx.Request:
    """The request, unsigned yet. Its headers are told in full: httpx adds none to a stream.

    `url` says where it goes, and `target` what its request line says: to parse a URL costs more than to sign it.
    """
    own = [(b"host", url.netloc), (REQUEST_ID, exchange.request_id)]
    if body or method in WITH_LENGTH:
        own.append((b"content-length", b"%d" % len(body)))
    stream = httpx.ByteStream(body)
    request = httpx.Request(method, url, headers=own + headers, stream=stream, extensions={"target": target})
    request.read()  # or the auth flow would, asynchronously, which takes longer
    return request


async def send_back(upstream: Upstream, response: httpx.Response, deadline: Deadline, send: Send) -> None:
    """Streams the answer as it comes: status, headers (each Set-Cookie its own), undecoded body.

    An answer that breaks off raises UpstreamError, so that the client's connection breaks too: a cut body must not
    look like a whole one.
    """
    status = response.status_code
    if not 200 <= status < 600:
        raise UpstreamError(f"the function answered with status {status}, which is none that ends a request")
    headers = end_to_end(response.headers.raw)
    if find_control(b"".join([name + value for name, value in headers])):
        raise UpstreamError("the function answered with a control character in a header, which no server may send")
    if status in WITHOUT_BODY:  # a length of what isn't there would have the server wait for it
        headers = [header for header in headers if header[0] != b"content-length"]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    async for piece in upstream.pieces(response, deadline):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
