"""The stand-in and its inspector as one ASGI app on two ports in one process; STS is on the inspector's port."""

import os
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from local_aws.app import local_aws_over
from local_aws.config import Settings, issuer_url
from local_aws.iam.access import Access
from local_aws.inspector.app import create_inspector
from local_aws.inspector.history import History
from local_aws.request_log import log_record
from local_aws.sts.app import Sts, is_for_sts
from local_aws.sts.assume_role import AssumeRole
from local_aws.sts.issuer import Issuer
from local_aws.sts.providers import Providers


@dataclass(frozen=True)
class Listeners:
    """Requests to the inspector's port go to the page or to STS, all others to the Function URL."""

    stand_in: ASGIApp
    inspector: ASGIApp
    sts: ASGIApp
    inspector_port: int
    history: History

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.stand_in
        if scope["server"][1] == self.inspector_port:
            app = self.sts if is_for_sts(scope["path"]) else self.inspector
        await app(scope, receive, send)

    def close(self) -> None:
        """Ends the pages' streams: they wait for requests that no longer come."""
        self.history.close()


def create_app() -> Listeners:
    """By the variables that `python -m local_aws` sets: INSPECTOR_PORT, and LOCAL_AWS_PORT for the address to show."""
    settings = Settings.from_variables(os.environ)
    function = settings.function
    access = Access(function, more=settings.callers, issuer=issuer_url(os.environ))
    history = History((function.domain_name, function.invoke_api_host))
    stand_in = local_aws_over(access, settings, (log_record, history.observe))
    port = int(os.environ["INSPECTOR_PORT"])
    inspector = create_inspector(stand_in, access, history, f"127.0.0.1:{os.environ['LOCAL_AWS_PORT']}", port)
    sts = Sts(
        AssumeRole(access, Providers(), settings.session_seconds),
        Issuer(access.issuer, settings.oidc_keys),
        observers=(log_record, history.observe_sts),
        reason_header=settings.reason_header,
    )
    return Listeners(stand_in, inspector, sts, port, history)
