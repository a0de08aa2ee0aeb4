"""The Runtime API, the Extensions API and the emulator's Invoke API as one ASGI app over an execution environment.

A streamed response is passed on piece by piece. Trailers aren't read: the adapter announces them and sends none.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, runtimes-extensions-api.html
"""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from local_aws.runtime_api.environment import Environment, EnvironmentFailed, Invocation

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

INVOKE_PATH = "/2015-03-31/functions/function/invocations"
RUNTIME, EXTENSION = "/2018-06-01/runtime", "/2020-01-01/extension"
JSON = b"application/json"
MAX_ERROR_CHARACTERS = 65_536
MAX_BUFFERED_BYTES = 6_291_556  # AWS Lambda Developer Guide, "Lambda quotas", as of 2026-11


class Disconnected(Exception):
    """The sender left before its body was complete."""


class RuntimeApi:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._route(scope, receive, send)
        except EnvironmentFailed:  # whoever asked was stopped
            await answer(send, 500)
        except Disconnected:
            return

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == INVOKE_PATH:
            await self._invoke(receive, send)
        elif path == f"{RUNTIME}/invocation/next":
            await self._next(send)
        elif path.startswith(f"{RUNTIME}/invocation/"):
            await self._posted(path, dict(scope["headers"]), receive, send)
        elif path in (f"{RUNTIME}/init/error", f"{EXTENSION}/init/error", f"{EXTENSION}/exit/error"):
            kind = "Runtime.InitError" if path.startswith(RUNTIME) else "Extension.InitError"
            self._environment.fail(*reported(await whole(receive), kind))
            await answer(send, 202)
        elif path == f"{EXTENSION}/register":
            name = dict(scope["headers"]).get(b"lambda-extension-name", b"")
            body = json.dumps({"functionName": "function", "functionVersion": "$LATEST", "handler": ""}).encode()
            await answer(send, 200, body, (b"lambda-extension-identifier", name))
        elif path == f"{EXTENSION}/event/next":
            await self._environment.stopped()  # the adapter registers for no event
            await answer(send, 500)
        else:
            await answer(send, 404)

    async def _invoke(self, receive: Receive, send: Send) -> None:
        """A client that disconnects doesn't stop the function: uvicorn drops what is sent to it."""
        started = False
        try:
            async with self._environment.invocation(await whole(receive)) as invocation:
                headers = [(b"content-type", invocation.content_type.result())]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                started = True
                while (piece := await self._piece(invocation)) is not None:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except EnvironmentFailed as failure:
            print(f"invocation failed: {failure}", flush=True)
            if not started:  # else returning breaks the connection off
                await answer(send, failure.status, str(failure).encode())

    async def _piece(self, invocation: Invocation) -> bytes | None:
        if not invocation.pieces.empty():
            return invocation.pieces.get_nowait()
        return await self._environment.unless_failed(invocation.pieces.get())

    async def _next(self, send: Send) -> None:
        invocation = await self._environment.next_event()
        deadline_ms = int((time.time() + self._environment.timeout_seconds) * 1000)
        arn = b"arn:aws:lambda:us-east-1:012345678912:function:function"
        headers = [
            (b"lambda-runtime-aws-request-id", invocation.id.encode()),
            (b"lambda-runtime-deadline-ms", str(deadline_ms).encode()),
            (b"lambda-runtime-invoked-function-arn", arn),
        ]
        await answer(send, 200, invocation.event, *headers)

    async def _posted(self, path: str, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        """`.../ID/response` or `.../ID/error`. What comes for an invocation that has ended is refused."""
        request_id, _, kind = path.removeprefix(f"{RUNTIME}/invocation/").partition("/")
        invocation = self._environment.current
        if invocation is None or invocation.id != request_id or invocation.content_type.done():
            await answer(send, 400, b'{"errorType":"InvalidRequestID","errorMessage":"this invocation has ended"}')
            return
        if kind == "response" and headers.get(b"lambda-runtime-function-response-mode") == b"streaming":
            invocation.content_type.set_result(headers.get(b"content-type", b"application/octet-stream"))
            await self._streamed(invocation, receive)
        else:
            body = await whole(receive)
            if len(body) > MAX_BUFFERED_BYTES:
                message = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
                body = json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}).encode()
            invocation.content_type.set_result(JSON)
            await invocation.pieces.put(body)
            await invocation.pieces.put(None)
        await answer(send, 202, b'{"status":"OK"}')

    async def _streamed(self, invocation: Invocation, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self._environment.fail("Runtime.StreamError", "the runtime broke its stream off")
                return
            if message.get("body"):
                await self._environment.unless_failed(invocation.pieces.put(message["body"]))
            if not message.get("more_body"):
                await self._environment.unless_failed(invocation.pieces.put(None))
                return


def reported(body: bytes, kind: str) -> tuple[str, str]:
    """Type and message of an error that a runtime or an extension reports. Both are optional."""
    text = body.decode("utf-8", "replace")[:MAX_ERROR_CHARACTERS]
    try:
        error = json.loads(text)
        return str(error.get("errorType", kind)), str(error.get("errorMessage", ""))
    except (ValueError, AttributeError):  # not JSON, or no object
        return kind, text


async def whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def answer(send: Send, status: int, body: bytes = b"", *headers: tuple[bytes, bytes]) -> None:
    every = [(b"content-type", JSON), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": every})
    await send({"type": "http.response.body", "body": body})
