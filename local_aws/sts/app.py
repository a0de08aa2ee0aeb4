"""Sts: /sts and /oidc as an ASGI app, on the inspector's port. No page of another site can use them.

Programs in containers reach them under a service's name. A name with a dot could be an attacker's, which a browser
resolves to this machine (DNS rebinding), so only this machine's own names and addresses are answered.
"""

import json
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from local_aws.app import MAX_REASON_BYTES, REASON_HEADER, misconfigured
from local_aws.errors import ConfigurationError, Refusal
from local_aws.function.response import MappedResponse
from local_aws.reasons import line_of
from local_aws.received import name_of, receive_request
from local_aws.record import Record
from local_aws.refusals import fact
from local_aws.request_log import log_record
from local_aws.sending import send_response
from local_aws.sts.answers import StsRefusal, granted_body, refused_body
from local_aws.sts.assume_role import AssumeRole
from local_aws.sts.issuer import Issuer
from local_aws.sts.parameters import malformed

MAX_BODY_BYTES = 65_536
FROM_ANOTHER_SITE = "A page of another site sent this request: STS and its issuer answer programs only.\n"
UNKNOWN_HOST = "STS and its issuer answer at this machine's own names and addresses only.\n"
PATHS = ("/sts", "/sts/")


def is_for_sts(path: str) -> bool:
    return path in PATHS or path.startswith("/oidc/")


class Sts:
    def __init__(
        self,
        assume_role: AssumeRole,
        issuer: Issuer,
        *,
        observers: Iterable[Callable[[Record], None]] = (log_record,),
        reason_header: bool = True,
    ) -> None:
        self._assume_role = assume_role
        self._issuer = issuer
        self._observers = tuple(observers)
        self._reason_header = reason_header

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = refusal_of(Headers(scope=scope))
        if refusal:
            response = MappedResponse(403, [(b"content-type", b"text/plain")], refusal.encode())
        elif scope["path"] in PATHS:
            answered = await self._sts(scope, receive)
            if answered is None:
                return
            response = answered
        else:
            response = self._oidc(scope)
        fixed = [(b"cache-control", b"no-store"), (b"cross-origin-resource-policy", b"same-origin")]
        response.headers.extend([*fixed, (b"x-content-type-options", b"nosniff")])
        await send_response(response, scope["method"], send)

    def _oidc(self, scope: Scope) -> MappedResponse:
        documents = {
            "/oidc/.well-known/openid-configuration": self._issuer.discovery,
            "/oidc/keys": self._issuer.key_set,
        }
        document = documents.get(scope["path"])
        if document is None or scope["method"] not in ("GET", "HEAD"):
            return MappedResponse(404, [(b"content-type", b"text/plain")], b"There is nothing here.\n")
        try:
            body = json.dumps(document()).encode()
        except ConfigurationError as error:
            return misconfigured(error)
        return MappedResponse(200, [(b"content-type", b"application/json")], body)

    async def _sts(self, scope: Scope, receive: Receive) -> MappedResponse | None:
        started = time.perf_counter()
        now = self._assume_role.access.now()
        record = Record(str(uuid4()), now, scope["method"], scope["path"])
        try:
            response = await self._answered(scope, receive, record)
        except ClientDisconnect:
            return None
        record.status, record.seconds = response.status, time.perf_counter() - started
        for observe in self._observers:
            observe(record)
        if record.findings and self._reason_header:
            response.headers.append((REASON_HEADER, line_of(record.findings)[:MAX_REASON_BYTES].encode()))
        return response

    async def _answered(self, scope: Scope, receive: Receive, record: Record) -> MappedResponse:
        """Fills in the record; nothing of the request but its path is kept."""
        try:
            try:
                request = await receive_request(scope, receive, MAX_BODY_BYTES)
            except Refusal as error:
                raise malformed("The request is too large") from error
            granted, record.findings = await self._assume_role.answer(request)
            record.caller = granted.caller
            status, body = 200, granted_body(granted, record.request_id)
        except StsRefusal as refusal:
            record.error_type, record.message, record.findings = refusal.code, refusal.message, refusal.findings
            status, body = refusal.status, refused_body(refusal, record.request_id)
        except ConfigurationError as error:
            record.findings = (fact("misconfigured", error=str(error)),)
            return misconfigured(error)
        headers = [(b"content-type", b"text/xml"), (b"x-amzn-requestid", record.request_id.encode())]
        return MappedResponse(status, headers, body)


def refusal_of(headers: Headers) -> str | None:
    if "origin" in headers or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return FROM_ANOTHER_SITE
    return None if is_local(name_of(headers.get("host", "")) or "") else UNKNOWN_HOST


def is_local(name: str) -> bool:
    """An address, or a name without a dot: this machine's, or that of a service in the same network of containers."""
    try:
        ip_address(name)
    except ValueError:
        return bool(name) and ("." not in name or name == "host.docker.internal")
    return True
