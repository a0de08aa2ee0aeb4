"""Settings: what the edge caller must know, read from variables and checked once. No secret appears in a message."""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx

from edge_caller.credential_sources import CREDENTIAL_VARIABLES, credentials_from
from edge_caller.errors import ConfigurationError
from edge_caller.headers import has_a_meaning, is_for_the_edge_or_proxies
from edge_caller.limits import LIMIT_NAMES, Limits
from edge_caller.signer.credentials import CredentialSource
from edge_caller.signer.endpoint import AWS_HOST, REGION, region_of_host, regional_endpoint
from edge_caller.variables import Variables, given_in, required

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

VARIABLE_NAMES = (
    "FUNCTION_URL",
    *CREDENTIAL_VARIABLES,
    "AWS_REGION",
    "AWS_ENDPOINT_URL_LAMBDA",
    "EDGE_BEARER_TOKEN",
    "EDGE_FORWARD_AUTHORIZATION_AS",
    "EDGE_OPEN_TO_ANYONE",
    "EDGE_TRUSTED_PROXIES",
    "INVOKE_FUNCTION_NAME",
    *LIMIT_NAMES,
)
HEADER_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Settings:
    """`function_url` has no path; `invoke_url` is the Invoke API's address of the function, None when it is off."""

    function_url: httpx.URL
    region: str
    credentials: CredentialSource
    bearer_token: str | None = field(default=None, repr=False)
    open_to_anyone: bool = False
    forward_authorization_as: bytes | None = None
    trusted_proxies: Networks = ()
    invoke_url: httpx.URL | None = None
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_variables(cls, variables: Variables, source: str, file: Path | None = None) -> "Settings":
        """The checked settings; a key in `file` is read again when it changes.

        Raises ConfigurationError with one sentence: which variable, and what to do.
        """
        given = given_in(variables, VARIABLE_NAMES, source)
        function_url = _base_url("FUNCTION_URL", required(given, "FUNCTION_URL", source))
        region = region_of_host(function_url.host) or _region(given, source)
        return cls(
            function_url=function_url,
            region=region,
            credentials=credentials_from(given, source, region, file),
            bearer_token=given["EDGE_BEARER_TOKEN"],
            open_to_anyone=_open_to_anyone(given, source),
            forward_authorization_as=_forward_authorization_as(given, source),
            trusted_proxies=_trusted_proxies(given, source),
            invoke_url=_invoke_url(given, region),
            limits=Limits.from_variables(given, source),
        )


def _region(given: Variables, source: str) -> str:
    region = required(given, "AWS_REGION", source)
    if not re.fullmatch(REGION, region):
        raise ConfigurationError(f"AWS_REGION in {source} is not a region: expected one such as ap-northeast-1")
    return region


def _base_url(name: str, value: str) -> httpx.URL:
    try:
        url = httpx.URL(value)
        url.host.encode("idna")  # the DNS lookup will do the same; it rejects labels over 63 characters
    except (httpx.InvalidURL, UnicodeError):
        url = httpx.URL()
    example = "https://<id>.lambda-url.<region>.on.aws/"
    has_port = url.port is None or 0 < url.port < 65536
    if url.scheme not in ("http", "https") or not url.host or not has_port:
        raise ConfigurationError(f"{name} is not a URL with http:// or https:// and a host: expected {example}")
    if url.raw_path not in (b"/", b"") or url.userinfo or url.fragment:
        raise ConfigurationError(f"{name} must be a scheme and a host alone, without path, query or user, as {example}")
    if url.scheme == "http" and AWS_HOST.fullmatch(url.host):
        raise ConfigurationError(f"{name} must begin with https://, since AWS answers nothing else")
    return url


def _invoke_url(given: Variables, region: str) -> httpx.URL | None:
    """The Invoke API's address of INVOKE_FUNCTION_NAME, a name or an ARN, whose colons are percent-encoded."""
    name = given["INVOKE_FUNCTION_NAME"]
    if not name:
        return None
    if not given["EDGE_BEARER_TOKEN"]:
        raise ConfigurationError(
            "INVOKE_FUNCTION_NAME turns the Invoke API on, which must not be open to anyone: set EDGE_BEARER_TOKEN too"
        )
    endpoint = given["AWS_ENDPOINT_URL_LAMBDA"] or regional_endpoint("lambda", region)
    path = f"/2015-03-31/functions/{quote(name, safe='')}/invocations"
    return _base_url("AWS_ENDPOINT_URL_LAMBDA", endpoint).copy_with(raw_path=path.encode())


def _open_to_anyone(given: Variables, source: str) -> bool:
    value = given["EDGE_OPEN_TO_ANYONE"]
    if value not in (None, "yes"):
        raise ConfigurationError(f"EDGE_OPEN_TO_ANYONE in {source} is {value!r}: write yes, or leave it out")
    return value == "yes"


def _forward_authorization_as(given: Variables, source: str) -> bytes | None:
    value = given["EDGE_FORWARD_AUTHORIZATION_AS"]
    if value is None:
        return None
    if given["EDGE_BEARER_TOKEN"]:
        raise ConfigurationError(
            "EDGE_BEARER_TOKEN and EDGE_FORWARD_AUTHORIZATION_AS exclude each other, because both use Authorization: "
            "set one of them"
        )
    name = value.encode()
    if not HEADER_NAME.fullmatch(value) or is_for_the_edge_or_proxies(name) or has_a_meaning(name):
        raise ConfigurationError(
            f"EDGE_FORWARD_AUTHORIZATION_AS in {source} is {value!r}: give a header name of your own, in lower case, "
            "such as x-authorization"
        )
    return name


def _trusted_proxies(given: Variables, source: str) -> Networks:
    value = given["EDGE_TRUSTED_PROXIES"]
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",")) if value else ()
    except ValueError:
        raise ConfigurationError(
            f"EDGE_TRUSTED_PROXIES in {source} is {value!r}: give addresses or networks with commas between them, "
            "such as 10.0.0.5,10.1.0.0/16"
        ) from None
