"""Signs a call as a caller of callers.toml, with the stand-in's own recomputation, and hands it to the stand-in.

The call opens no socket: whatever Host it names, it can reach nothing but the stand-in in this process.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Scope

from local_aws.iam.callers import Caller
from local_aws.iam.canonical import SERVICE, canonical_request, signature, signing_key, string_to_sign
from local_aws.iam.claim import ALGORITHM, ISO_8601, Claim
from local_aws.received import ReceivedRequest

SIGNATURE_HEADERS = ("authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")
NOT_SIGNED = ("user-agent", "accept", "accept-encoding", "connection", "content-length", "x-forwarded-for")


@dataclass(frozen=True)
class Call:
    """A request to send. Header names are in lower case; `target` is the path and query as they go over the wire."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def received(self) -> ReceivedRequest:
        path, _, query = self.target.partition("?")
        headers = tuple((name, value.encode("utf-8", "surrogateescape")) for name, value in self.headers)
        return ReceivedRequest(self.method, path, query, headers, self.body, "127.0.0.1", "1.1")

    def unsigned(self) -> "Call":
        headers = tuple((name, value) for name, value in self.headers if name not in SIGNATURE_HEADERS)
        return replace(self, headers=headers)


def signed(
    call: Call, caller: Caller, region: str, now: datetime, *, service: str = SERVICE, late: timedelta = timedelta()
) -> Call:
    """The call with an Authorization header. Another service, or a clock that is off, makes a mistake on purpose."""
    date = (now + late).replace(microsecond=0)
    call = call.unsigned()
    headers = [*call.headers, ("x-amz-date", date.strftime(ISO_8601))]
    if caller.session_token:
        headers.append(("x-amz-security-token", caller.session_token))
    names = tuple(sorted({name for name, _ in headers if name not in NOT_SIGNED}))
    scope = f"{date:%Y%m%d}/{region}/{service}/aws4_request"
    claim = Claim(ALGORITHM, f"{caller.access_key_id}/{scope}", names, "", date, caller.session_token, None)
    canonical = canonical_request(replace(call, headers=tuple(headers)).received(), claim).text
    key = signing_key(caller.secret_access_key, claim.amz_date[:8], region, service)
    text = string_to_sign(canonical, claim.amz_date, scope)
    fields = f"Credential={claim.credential}, SignedHeaders={';'.join(names)}, Signature={signature(key, text)}"
    return replace(call, headers=(*headers, ("authorization", f"{ALGORITHM} {fields}")))


async def deliver(call: Call, stand_in: ASGIApp) -> str:
    """Sends the call to the stand-in. Returns the request ID of its answer."""
    path, _, query = call.target.partition("?")
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": call.method,
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "headers": [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in call.headers],
        "client": ("127.0.0.1", 0),
    }
    answer: Message = {}

    async def receive() -> Message:
        return {"type": "http.request", "body": call.body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.update(message)

    await stand_in(scope, receive, send)
    return Headers(raw=answer["headers"])["x-amzn-requestid"]


def on_the_wire(target: str) -> str:
    """A target as typed, with what can't stand in a request line percent-encoded, and nothing else."""
    return quote(target.partition("#")[0], safe="/?&=%:@!$'()*+,;~[]^|\\-._")
