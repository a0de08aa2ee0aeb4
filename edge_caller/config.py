"""Settings: what the edge caller must know, read from variables and checked once.

It only reads: no variable is changed, and no value of a secret appears in a message.
Source: Cloudflare Workers docs, "Environment variables and secrets" (`.dev.vars`).
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from edge_caller.errors import ConfigurationError
from edge_caller.limits import LIMIT_NAMES, Limits, limits_from
from edge_caller.signer.endpoint import region_of_host
from edge_caller.signer.sigv4 import Credentials

Variables = Mapping[str, str | None]

DEV_VARS = ".dev.vars"

NAMES = (
    "FUNCTION_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_ENDPOINT_URL_LAMBDA",
    "EDGE_BEARER_TOKEN",
    "FUNCTION_NAME",
    *LIMIT_NAMES,
)


@dataclass(frozen=True)
class Settings:
    """`function_url` has no path; `invoke_url` is the Invoke API's address of the function, None when it is off."""

    function_url: httpx.URL
    region: str
    credentials: Credentials
    bearer_token: str | None = field(default=None, repr=False)
    invoke_url: httpx.URL | None = None
    limits: Limits = field(default_factory=Limits)


def variables_of_process() -> tuple[Variables, str]:
    """The variables, and where they are from: `.dev.vars` where it exists, else the environment, never a mix.

    DEV_VARS in the environment names another file; empty, it means that no file is read.
    Raises ConfigurationError when the file can't be read, or a named one isn't there.
    """
    from dotenv import dotenv_values  # here, since a Worker has neither the package nor a file

    named = os.environ.get("DEV_VARS")
    path = DEV_VARS if named is None else named
    if not path or (named is None and not os.path.exists(path)):
        return os.environ, "the environment"
    try:
        with open(path, encoding="utf-8") as file:
            return dotenv_values(stream=file, interpolate=False), path
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read ({type(error).__name__}): it must be a text file") from error


def settings_from(variables: Variables, source: str) -> Settings:
    """The checked settings. Raises ConfigurationError with one sentence: which variable, and what to do."""
    given = {name: variables.get(name) or None for name in NAMES}
    for name, value in given.items():
        if value and re.search(r"\s", value):
            raise ConfigurationError(f"{name} in {source} has a space or line break in it: write the value alone")
    function_url = _base_url("FUNCTION_URL", _required(given, "FUNCTION_URL", source))
    region = region_of_host(function_url.host) or _region(given, source)
    bearer_token = given["EDGE_BEARER_TOKEN"]
    invoke_url = None
    if given["FUNCTION_NAME"]:
        if not bearer_token:
            raise ConfigurationError(
                "FUNCTION_NAME opens the Invoke API, which must not be open to everyone: set EDGE_BEARER_TOKEN too"
            )
        endpoint = given["AWS_ENDPOINT_URL_LAMBDA"] or f"https://lambda.{region}.amazonaws.com"
        invoke_url = _invoke_url(_base_url("AWS_ENDPOINT_URL_LAMBDA", endpoint), given["FUNCTION_NAME"])
    return Settings(
        function_url, region, _credentials(given, source), bearer_token, invoke_url, limits_from(given, source)
    )


def _required(given: Variables, name: str, source: str) -> str:
    value = given[name]
    if not value:
        raise ConfigurationError(f"{name} is not set in {source}: set it there (.dev.vars.example shows each variable)")
    return value


def _region(given: Variables, source: str) -> str:
    region = _required(given, "AWS_REGION", source)
    if not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-\d+", region):
        raise ConfigurationError(f"AWS_REGION in {source} is not a region: expected one such as ap-northeast-1")
    return region


def _credentials(given: Variables, source: str) -> Credentials:
    access_key_id = _required(given, "AWS_ACCESS_KEY_ID", source)
    if not re.fullmatch(r"\w{16,128}", access_key_id):
        raise ConfigurationError(
            f"AWS_ACCESS_KEY_ID in {source} is not an access key ID: one is 16 or more letters and digits, as AKIA..."
        )
    token = given["AWS_SESSION_TOKEN"]
    if access_key_id.startswith("ASIA") and not token:
        raise ConfigurationError(
            f"AWS_ACCESS_KEY_ID in {source} is a temporary one (ASIA...), which AWS takes only with its session token: "
            "set AWS_SESSION_TOKEN too"
        )
    return Credentials(access_key_id, _required(given, "AWS_SECRET_ACCESS_KEY", source), token)


def _base_url(name: str, value: str) -> httpx.URL:
    try:
        url = httpx.URL(value)
        url.host.encode("idna")  # as the look-up of its address will, which refuses labels of more than 63 characters
    except (httpx.InvalidURL, UnicodeError):
        url = httpx.URL()
    example = "https://<id>.lambda-url.<region>.on.aws/"
    has_port = url.port is None or 0 < url.port < 65536
    if url.scheme not in ("http", "https") or not url.host or not has_port:
        raise ConfigurationError(f"{name} is not a URL with http:// or https:// and a host: expected {example}")
    if url.raw_path not in (b"/", b"") or url.userinfo or url.fragment:
        raise ConfigurationError(f"{name} must be a scheme and a host alone, without path, query or user: as {example}")
    if url.scheme == "http" and url.host.endswith((".on.aws", ".amazonaws.com")):
        raise ConfigurationError(f"{name} must begin with https://, since AWS answers nothing else")
    return url


def _invoke_url(endpoint: httpx.URL, function_name: str) -> httpx.URL:
    """The address of the Invoke API. In an ARN the colons are percent-encoded."""
    path = f"/2015-03-31/functions/{quote(function_name, safe='')}/invocations"
    return endpoint.copy_with(raw_path=path.encode())
