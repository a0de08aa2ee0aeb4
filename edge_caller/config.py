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
from edge_caller.scope import scope_of_host
from edge_caller.sigv4 import Credentials

Variables = Mapping[str, str | None]

NAMES = (
    "FUNCTION_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_ENDPOINT_URL_LAMBDA",
    "EDGE_BEARER_TOKEN",
    "FUNCTION_NAME",
)


@dataclass(frozen=True)
class Settings:
    """`function_url` has no path; `invoke_url` is the Invoke API's address of the function, None when it is off."""

    function_url: httpx.URL
    region: str
    credentials: Credentials
    bearer_token: str | None = field(default=None, repr=False)
    invoke_url: httpx.URL | None = None


def variables_of_process() -> tuple[Variables, str]:
    """The variables, and where they are from: `.dev.vars` where it exists, else the environment, never a mix.

    DEV_VARS in the environment names another file; empty, it means that no file is read.
    """
    from dotenv import dotenv_values  # here, since a Worker has neither the package nor a file

    path = os.environ.get("DEV_VARS", ".dev.vars")
    if path and os.path.exists(path):
        return dotenv_values(path, interpolate=False), path
    return os.environ, "the environment"


def settings_from(variables: Variables, source: str) -> Settings:
    """The checked settings. Raises ConfigurationError with one sentence: which variable, and what to do."""
    given = {name: variables.get(name) or None for name in NAMES}
    for name, value in given.items():
        if value and re.search(r"\s", value):
            raise ConfigurationError(f"{name} in {source} has a space or line break in it: write the value alone")
    function_url = _base_url("FUNCTION_URL", _required(given, "FUNCTION_URL", source))
    region = scope_of_host(function_url.host)[0] or _required(given, "AWS_REGION", source)
    bearer_token = given["EDGE_BEARER_TOKEN"]
    invoke_url = None
    if given["FUNCTION_NAME"]:
        if not bearer_token:
            raise ConfigurationError(
                "FUNCTION_NAME opens the Invoke API, which must not be open to everyone: set EDGE_BEARER_TOKEN too"
            )
        endpoint = given["AWS_ENDPOINT_URL_LAMBDA"] or f"https://lambda.{region}.amazonaws.com"
        invoke_url = _invoke_url(_base_url("AWS_ENDPOINT_URL_LAMBDA", endpoint), given["FUNCTION_NAME"])
    return Settings(function_url, region, _credentials(given, source), bearer_token, invoke_url)


def _required(given: Variables, name: str, source: str) -> str:
    value = given[name]
    if not value:
        raise ConfigurationError(f"{name} is not set in {source}: set it there (.dev.vars.example shows each variable)")
    return value


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
    except (httpx.InvalidURL, UnicodeError):
        url = httpx.URL()
    example = "https://<id>.lambda-url.<region>.on.aws/"
    if url.scheme not in ("http", "https") or not url.host:
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
