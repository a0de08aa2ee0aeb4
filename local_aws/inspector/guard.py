"""Who may use the page: this machine's browser, through a loopback name or the forwarded one of Codespaces.

A foreign Host is DNS rebinding, a foreign Origin another site's page: both are refused. A request without Origin
passes: command lines send none.
"""

import os
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_aws.received import name_of

LOOPBACK = ("127.0.0.1", "localhost", "::1")
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",  # with no-referrer, a browser sends the Origin null with its own forms
    "x-content-type-options": "nosniff",
}


def forwarded_host(port: int, environment: Mapping[str, str] = os.environ) -> str:
    """The name under which Codespaces forwards the port; empty elsewhere."""
    name, domain = (environment.get(key) for key in ("CODESPACE_NAME", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN"))
    return f"{name}-{port}.{domain}".lower() if name and domain else ""


class Guard:
    def __init__(self, app: ASGIApp, forwarded: str = "") -> None:
        self._app = app
        self._forwarded = forwarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self.refusal(Headers(scope=scope))
        app: ASGIApp = PlainTextResponse(refusal, 403) if refusal else self._app
        await app(scope, receive, with_headers)

    def refusal(self, headers: Headers) -> str | None:
        host, origins = headers.get("host", ""), headers.getlist("origin")
        if name_of(host) not in LOOPBACK and host.lower() != (self._forwarded or None):
            return "The inspector answers at a loopback name only: open it as http://127.0.0.1 with its port.\n"
        own = [f"http://{host}"] + [f"https://{self._forwarded}"] * bool(self._forwarded)
        if any(origin.lower() not in own for origin in origins):
            return "A page of another site sent this request: send it from the inspector's own page.\n"
        return None
