"""An account as a target: its Function URLs, Invoke API and STS over TLS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from botocore.credentials import Credentials

from conformance.account.callers import Who, who
from conformance.case import Case
from conformance.target import Endpoint, Refused
from conformance.web_token import WebIssuer, unknown_issuer
from policies.function import Function

Route = Callable[[Endpoint, Case], Endpoint]


def directly(endpoint: Endpoint, case: Case) -> Endpoint:
    return endpoint


@dataclass(frozen=True)
class Account:
    """`route` sends the calls elsewhere: to a local AWS, or to the stand-in."""

    functions: Mapping[str, Function]
    callers: Mapping[Who, Credentials | str] = field(repr=False)
    route: Route = directly
    issuer: WebIssuer = field(default_factory=unknown_issuer)

    def endpoint(self, case: Case) -> Endpoint:
        """AWS resolves the host of every Function URL, also of one that doesn't exist (assumed)."""
        function = self.function(case)
        host = {
            "function-url": function.domain_name,
            "invoke": function.invoke_api_host,
            "sts": f"sts.{function.region}.amazonaws.com",
        }[case.api]
        path = "/" if case.api == "sts" else ""
        return self.route(Endpoint(host, host, 443, tls=True, path=path), case)

    def function(self, case: Case) -> Function:
        return self.functions[case.request.function]

    def credentials(self, case: Case) -> Credentials:
        found = self.callers[who(case)]
        if isinstance(found, str):
            raise Refused(f"AWS refuses the session policy {case.policy} ({found})")
        return found
