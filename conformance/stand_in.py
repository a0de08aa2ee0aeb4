"""The stand-in as a target: the local Function URL, Invoke API and STS on free ports, over the function of the cases.

The functions run behind a minimal imitation of AWS's emulator, so the stand-in's own runtime calls them.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from botocore.credentials import Credentials
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from conformance.case import Case, policy_files
from conformance.function.index import handler
from conformance.target import Endpoint
from conformance.web_token import WebIssuer
from local_aws.app import LocalAws
from local_aws.function.emulator import EmulatorRuntime
from local_aws.function.runtime import ReservedConcurrency
from local_aws.iam.access import Access, utc_now
from local_aws.iam.sessions import Sessions
from local_aws.record import Record
from local_aws.sts.app import Sts
from local_aws.sts.assume_role import AssumeRole
from local_aws.sts.issuer import Issuer
from local_aws.sts.providers import Providers
from local_aws.testing import listening, served
from policies.function import Function

NAMES = ("echo", "throttled", "streaming")
INVOKE = "/2015-03-31/functions/function/invocations"
TIMEOUT_SECONDS = 3
ISSUER = "http://127.0.0.1:9010/oidc"  # its documents come from the same app, whatever its port is here
TRUST = 'trust_policy = "trust-web-identity.json"\nsubjects = ["conformance"]\n'


def function_named(name: str) -> Function:
    return Function(f"conformance-{name}", url_id=f"conformance0{name}".ljust(32, "0"))


@dataclass
class StandIn:
    """`records` are what the stand-in knows of the requests, in their order."""

    issuer: WebIssuer
    ports: dict[str, int] = field(default_factory=dict)
    callers: dict[tuple[str, str], Credentials] = field(default_factory=dict, repr=False)
    records: list[Record] = field(default_factory=list, repr=False)

    def endpoint(self, case: Case) -> Endpoint:
        if case.api == "sts":
            port = self.ports["sts"]
            return Endpoint(f"127.0.0.1:{port}", "127.0.0.1", port, path="/sts")
        function = self.function(case)
        host = function.domain_name if case.api == "function-url" else function.invoke_api_host
        return Endpoint(host, "127.0.0.1", self.ports.get(case.request.function, self.ports["echo"]))

    def function(self, case: Case) -> Function:
        return function_named(case.request.function)

    def credentials(self, case: Case) -> Credentials:
        return self.callers[case.caller, case.policy]


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """It answers inside the block."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:

        def port_of(app: ASGIApp) -> int:
            listener = stack.enter_context(listening())
            stack.enter_context(served(app, listener))
            return int(listener.getsockname()[1])

        issuer = Issuer(ISSUER, Path(folder, "keys"))
        target = StandIn(WebIssuer(issuer.url, issuer.key_id, issuer.key))
        access = access_for(Path(folder), target)
        for name in NAMES:
            emulator = httpx.ASGITransport(emulator_of(name))
            called = EmulatorRuntime("http://emulator", timeout_seconds=TIMEOUT_SECONDS, transport=emulator)
            runtime = ReservedConcurrency(called, 0 if name == "throttled" else 10)
            streaming = runtime if name == "streaming" else None
            own = replace(access, function=function_named(name))
            target.ports[name] = port_of(
                LocalAws(own, runtime, observers=(target.records.append,), streaming=streaming)
            )
        providers = Providers(httpx.ASGITransport(lambda *message: sts(*message)))
        sts = Sts(AssumeRole(access, providers), issuer, observers=(target.records.append,))
        target.ports["sts"] = port_of(sts)
        yield target


def access_for(folder: Path, target: StandIn) -> Access:
    """A user and a role's session for each policy."""
    sessions, now, account_id = Sessions(), utc_now(), Function().account_id
    users, roles = {}, []
    for number, (name, path) in enumerate(policy_files().items()):
        key, secret = f"AKIACONFORMANCE{number:05}", f"a-secret-of-the-stand-in-not-real-{number:06}"
        users[name] = {"access_key_id": key, "secret_access_key": secret, "policies": [str(path)]}
        policies = f"policies = [{json.dumps(str(path))}]\n"
        roles.append(f"[{name}]\n{TRUST}{policies}")
        target.callers["user", name] = Credentials(key, secret)
        for caller, minutes in (("role", 15), ("expired", -1)):
            session = sessions.begin(account_id, name, "conformance", now, now + timedelta(minutes=minutes))
            target.callers[caller, name] = Credentials(
                session.access_key_id, session.secret_access_key, session.session_token
            )
    roles.append(f'[unreachable]\nissuer = "http://127.0.0.1:1/oidc"\n{TRUST}{policies}')
    file = folder / "roles.toml"
    file.write_text("\n".join(roles), "utf-8")
    return Access(function_named("echo"), more=users, issuer=ISSUER, roles_file=file, sessions=sessions)


def emulator_of(name: str) -> ASGIApp:
    """Answers as AWS's emulator does: what the function returned, its error as JSON, a time-out as a sentence."""

    async def invoke(request: HttpRequest) -> Response:
        event = await request.json()
        return Response(streamed(event) if name == "streaming" else await run_in_threadpool(returned, event))

    return Starlette(routes=[Route(INVOKE, invoke, methods=["POST"])])


def streamed(event: Any) -> bytes:
    asked = json.loads(event["body"])
    prelude, body = json.dumps(asked.get("prelude", {"statusCode": 200})), str(asked.get("body", ""))
    return prelude.encode() + bytes(8) + (body.encode() or b"x" * asked.get("body_bytes", 0))


def returned(event: Any) -> str:
    if isinstance(event, dict) and event.get("rawPath") == "/sleeps":
        return f"Task timed out after {TIMEOUT_SECONDS:.2f} seconds"
    try:
        return json.dumps(handler(event, None))
    except Exception as error:
        return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
