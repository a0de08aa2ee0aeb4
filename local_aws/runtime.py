"""Invokes the function: what Lambda and the Lambda Web Adapter do between the event and the web app, over HTTP.

There is no execution environment here: the web app runs all the time, on its own, and as many events are with it
at once as the reserved concurrency allows.
Source: the Lambda Web Adapter's README, https://github.com/awslabs/aws-lambda-web-adapter, and its crate lambda_http.
"""

import asyncio
import json
import re
import time
from base64 import b64decode, b64encode
from typing import Any, Protocol

import httpx

from local_aws.errors import FunctionError
from local_aws.function import Function
from local_aws.refusals import throttled

PASS_THROUGH_PATH = b"/events"
# 6 MB and a little for the envelope: AWS Lambda Developer Guide, "Lambda quotas", as of 2026-11.
MAX_RESPONSE_BYTES = 6_291_556

# The adapter's own list: these travel as text, all others as base64.
is_text = re.compile(r"text.*|application/(json|javascript|xml|yaml).*|.*\+(xml|yaml|json)").fullmatch


class Runtime(Protocol):
    async def invoke(self, event: Any, request_id: str) -> Any:
        """What the function returned, any JSON. Raises FunctionError, or the Refusal of a throttled call."""


class WebAppRuntime:
    """Does what the adapter does: calls the web app at `base_url`."""

    def __init__(
        self,
        base_url: str,
        function: Function,
        *,
        reserved_concurrency: int,
        timeout_seconds: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base_url = httpx.URL(base_url)
        self._function = function
        self._free = reserved_concurrency
        self._timeout_seconds = timeout_seconds
        self._transport = transport or httpx.AsyncHTTPTransport()

    async def invoke(self, event: Any, request_id: str) -> Any:
        if self._free == 0:
            raise throttled("the reserved concurrency is used up: fewer calls at once, or a higher limit")
        self._free -= 1
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._call_web_app(event, request_id)
        except TimeoutError as error:
            raise FunctionError(f"the function timed out after {self._timeout_seconds:g} seconds") from error
        except httpx.TransportError as error:
            raise FunctionError(f"the web app at {self._base_url} failed: {type(error).__name__}") from error
        finally:
            self._free += 1
        if len(json.dumps(answer).encode()) > MAX_RESPONSE_BYTES:
            raise FunctionError(f"the response is larger than {MAX_RESPONSE_BYTES} bytes, the most that Lambda returns")
        return answer

    async def _call_web_app(self, event: Any, request_id: str) -> Any:
        is_http = isinstance(event, dict) and "http" in (event.get("requestContext") or ())
        try:
            request = self._http_request(event) if is_http else self._pass_through_request(event)
        except (AttributeError, KeyError, TypeError, ValueError, httpx.InvalidURL) as error:
            raise FunctionError(f"the event is not of payload format 2.0 ({type(error).__name__})") from error
        context = event["requestContext"] if is_http else None
        request.headers["x-amzn-request-context"] = header_json(context)
        request.headers["x-amzn-lambda-context"] = header_json(self._lambda_context(request_id))
        response = await self._transport.handle_async_request(request)
        try:
            body = b"".join([chunk async for chunk in response.aiter_raw()])
        finally:
            await response.aclose()
        return lambda_response(response, body) if is_http else pass_through_payload(response, body)

    def _http_request(self, event: dict[str, Any]) -> httpx.Request:
        target = event["rawPath"].encode()
        if event["rawQueryString"]:
            target += b"?" + event["rawQueryString"].encode()
        headers = {name: value for name, value in event["headers"].items() if name != "content-length"}
        if event.get("cookies"):
            headers["cookie"] = ";".join(event["cookies"])
        body = event.get("body") or ""
        content = b64decode(body) if event["isBase64Encoded"] else body.encode()
        headers["content-length"] = str(len(content))  # without a body too: 0
        return httpx.Request(
            event["requestContext"]["http"]["method"],
            self._base_url.copy_with(raw_path=target),
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            content=content,
        )

    def _pass_through_request(self, event: Any) -> httpx.Request:
        """An event that is no HTTP event, from the Invoke API."""
        url = self._base_url.copy_with(raw_path=PASS_THROUGH_PATH)
        headers = {"content-type": "application/json"}
        return httpx.Request("POST", url, headers=headers, content=json.dumps(event).encode())

    def _lambda_context(self, request_id: str) -> dict[str, Any]:
        return {
            "request_id": request_id,
            "deadline": int((time.time() + self._timeout_seconds) * 1000),
            "invoked_function_arn": self._function.arn,
            "xray_trace_id": None,
            "client_context": None,
            "identity": None,
            "tenant_id": None,
            "env_config": {
                "function_name": self._function.name,
                "memory": 3008,
                "version": "$LATEST",
                "log_stream": "$LATEST",
                "log_group": f"/aws/lambda/{self._function.name}",
            },
        }


def header_json(value: Any) -> str:
    """As the adapter writes it: in UTF-8, not escaped, which an app that reads headers as Latin-1 must undo."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def lambda_response(response: httpx.Response, body: bytes) -> dict[str, Any]:
    """The web app's answer as payload 2.0: of a repeated header the first value, but each Set-Cookie in `cookies`.

    Raises FunctionError for a header that is no UTF-8: the adapter dies of it.
    """
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in response.headers.raw:
        try:
            name, value = raw_name.decode("ascii").lower(), raw_value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FunctionError("the web app's answer has a header that is no UTF-8") from error
        if name == "set-cookie":
            cookies.append(value)
        elif name != "transfer-encoding":
            headers.setdefault(name, value)
    as_text = "content-encoding" not in headers and is_text(headers.get("content-type", "text").partition(";")[0])
    text = body.decode(response.encoding or "utf-8", "replace") if as_text else b64encode(body).decode("ascii")
    return {
        "statusCode": response.status_code,
        "headers": headers,
        "cookies": cookies,
        "body": text,
        "isBase64Encoded": not as_text,
    }


def pass_through_payload(response: httpx.Response, body: bytes) -> Any:
    """The answer of /events as it is, its status lost; null where it is no text or no JSON."""
    answer = lambda_response(response, body)
    try:
        return None if answer["isBase64Encoded"] else json.loads(answer["body"])
    except ValueError:
        return None
