"""Where the cases are sent: the stand-in, a local AWS or an account. All three have the same methods."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from botocore.credentials import Credentials

from conformance.case import Case
from conformance.web_token import WebIssuer
from policies.function import Function


class NotRun(Exception):
    """The target can't run a case. The message says why, and names neither host nor caller."""


class Refused(Exception):
    """AWS rejects what the case needs before the call can be made, though the case doesn't say so."""


@dataclass(frozen=True)
class Endpoint:
    """`host` is what the Host header says; the connection goes to `address` and `port`."""

    host: str
    address: str
    port: int
    tls: bool = False
    path: str = ""  # before the case's own


class Target(Protocol):
    @property
    def issuer(self) -> WebIssuer:
        """Who signs the web identity tokens of the STS cases."""

    def endpoint(self, case: Case) -> Endpoint:
        """Where this case's API is."""

    def function(self, case: Case) -> Function:
        """The function that the case is about."""

    def credentials(self, case: Case) -> Credentials:
        """Those of the case's caller, with the case's policy. Raises Refused if AWS rejects that policy."""


def tokens(target: Target, case: Case) -> Mapping[str, str]:
    """What the $names of a case stand for."""
    function, credentials = target.function(case), target.credentials(case)
    return {
        "host": target.endpoint(case).host,
        "region": function.region,
        "account": function.account_id,
        "arn": function.arn,
        "arn_encoded": quote(function.arn, safe=""),
        "name": function.name,
        "url_id": function.url_id,
        "key": credentials.access_key,
        "token": credentials.token or "",
    }
