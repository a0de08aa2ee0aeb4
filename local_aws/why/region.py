"""The region that AWS asks for at a host. The service is always lambda."""

import re
from collections.abc import Mapping

from policies.function import Function

OF_AWS = re.compile(
    r"[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws|lambda\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def region_at(host: str, variables: Mapping[str, str]) -> str | None:
    """Of AWS's own hosts by name, else of FUNCTION_URL or AWS_REGION; on this machine the stand-in's. Else None."""
    name = host.lower().partition(":")[0] if not host.startswith("[") else host
    named = OF_AWS.fullmatch(name)
    if named:
        return named[1] or named[2]
    url = OF_AWS.search(variables.get("FUNCTION_URL", ""))
    if url and not name.startswith(LOOPBACK):
        return url[1] or url[2]
    if name.startswith(LOOPBACK):
        return Function().region
    return variables.get("AWS_REGION") or None


def region_of(scope: str) -> str:
    """The region of a credential scope, date/region/service/aws4_request."""
    return [*scope.split("/"), ""][1]
