"""Who may use the edge: whoever sends its bearer token. Without a token it serves this machine alone.

Source: [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750), "Bearer Token Usage".
"""

import hmac
import ipaddress

from starlette.types import Scope

from edge_caller.config import Settings
from edge_caller.errors import ConfigurationError, Unauthorized
from edge_caller.incoming import values

MIN_TOKEN_LENGTH = 16


def check_bearer_token(settings: Settings, scope: Scope) -> None:
    """Raises Unauthorized unless the request carries EDGE_BEARER_TOKEN, where one is set."""
    if settings.bearer_token is None:
        return
    given = values(scope["headers"], b"authorization")
    scheme, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
    is_right = hmac.compare_digest(token.strip(b" "), settings.bearer_token.encode())
    if scheme.lower() != b"bearer" or not is_right:
        raise Unauthorized("this edge asks for its bearer token: send it as Authorization: Bearer <EDGE_BEARER_TOKEN>")


def check_not_open(settings: Settings, reached_at: str) -> None:
    """Raises ConfigurationError where anyone who finds the edge could call the function."""
    if len(settings.bearer_token or "") >= MIN_TOKEN_LENGTH or settings.open_to_anyone:
        return
    raise ConfigurationError(
        f"anyone who reaches {reached_at} could call the function: set EDGE_BEARER_TOKEN to at least "
        f"{MIN_TOKEN_LENGTH} characters, or EDGE_OPEN_TO_ANYONE=yes if that is what you want"
    )


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
