"""Settings of the stand-in, from variables: web app, limits, and a function and a caller of one's own."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from local_aws.errors import ConfigurationError
from local_aws.iam.callers import Tables
from policies.function import Function

FORMS = {
    "LOCAL_AWS_FUNCTION_NAME": (r"[A-Za-z0-9_-]{1,64}", "the function's name, as fastapi-sample"),
    "LOCAL_AWS_ACCOUNT_ID": (r"[0-9]{12}", "the account's 12 digits"),
    "LOCAL_AWS_REGION": (r"[a-z]{2}(-[a-z]+)+-[0-9]", "the function's region, as ap-northeast-1"),
    "LOCAL_AWS_URL_ID": (r"[0-9a-z]{1,63}", "the first part of the Function URL's host"),
}
LIMITS = {
    "LOCAL_AWS_RESERVED_CONCURRENCY": (0, 1000),
    "LOCAL_AWS_TIMEOUT_SECONDS": (1, 900),
    "LOCAL_AWS_SESSION_SECONDS": (1, 43_200),
}


@dataclass(frozen=True)
class Settings:
    """`callers` are those besides callers.toml: `me`, where the variables name its key.

    `session_seconds` is how long STS's credentials last (None: as asked), `oidc_keys` the local issuer's folder.
    """

    web_app_url: str = "http://127.0.0.1:8000"
    reserved_concurrency: int = 10
    timeout_seconds: float = 30.0
    emulator_url: str | None = None
    invoke_mode: str = "BUFFERED"
    authorization_source: str | None = None
    reason_header: bool = True
    function: Function = field(default_factory=Function)
    callers: Tables = field(default_factory=dict, repr=False)
    session_seconds: int | None = None
    oidc_keys: Path = Path(".oidc")

    @property
    def streams(self) -> bool:
        return self.invoke_mode == "RESPONSE_STREAM"

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> "Settings":
        """The names are in docs/en/names.md. Raises ConfigurationError, which names the variable."""
        emulator, session = variables.get("LOCAL_AWS_EMULATOR_URL"), variables.get("LOCAL_AWS_SESSION_SECONDS")
        return cls(
            web_app_url=base_url(variables, "LOCAL_AWS_WEB_APP_URL", cls.web_app_url),
            reserved_concurrency=whole_number(variables, "LOCAL_AWS_RESERVED_CONCURRENCY", cls.reserved_concurrency),
            timeout_seconds=whole_number(variables, "LOCAL_AWS_TIMEOUT_SECONDS", int(cls.timeout_seconds)),
            emulator_url=base_url(variables, "LOCAL_AWS_EMULATOR_URL", cls.web_app_url) if emulator else None,
            invoke_mode=one_of(variables, "LOCAL_AWS_INVOKE_MODE", cls.invoke_mode, "RESPONSE_STREAM"),
            authorization_source=variables.get("AWS_LWA_AUTHORIZATION_SOURCE"),
            reason_header=one_of(variables, "LOCAL_AWS_REASON_HEADER", "on", "off") == "on",
            function=function_from(variables),
            callers=callers_from(variables),
            session_seconds=whole_number(variables, "LOCAL_AWS_SESSION_SECONDS", 3600) if session else None,
            oidc_keys=Path(variables.get("LOCAL_AWS_OIDC_KEYS") or cls.oidc_keys),
        )


def issuer_url(variables: Mapping[str, str]) -> str:
    """The local identity provider's: its tokens are for the stand-in on this inspector's port."""
    return f"http://127.0.0.1:{variables.get('INSPECTOR_PORT') or 9010}/oidc"


def function_from(variables: Mapping[str, str]) -> Function:
    default = Function()
    return Function(
        name=formed(variables, "LOCAL_AWS_FUNCTION_NAME", default.name),
        account_id=formed(variables, "LOCAL_AWS_ACCOUNT_ID", default.account_id),
        region=formed(variables, "LOCAL_AWS_REGION", default.region),
        url_id=formed(variables, "LOCAL_AWS_URL_ID", default.url_id),
    )


def callers_from(variables: Mapping[str, str]) -> Tables:
    """The caller [me]: a key of one's own, and the policy in a file of one's own or that of the edge caller."""
    key_id, secret = variables.get("LOCAL_AWS_ACCESS_KEY_ID"), variables.get("LOCAL_AWS_SECRET_ACCESS_KEY")
    if not key_id and not secret:
        return {}
    if not key_id or not secret:
        missing = "LOCAL_AWS_SECRET_ACCESS_KEY" if key_id else "LOCAL_AWS_ACCESS_KEY_ID"
        raise ConfigurationError(f"{missing} is missing: the caller [me] needs an access key ID and its secret")
    policy = variables.get("LOCAL_AWS_POLICY")
    token = variables.get("LOCAL_AWS_SESSION_TOKEN")
    me = {
        "access_key_id": key_id,
        "secret_access_key": secret,
        "policies": [str(Path(policy).absolute()) if policy else "call-function-url.json"],
    }
    return {"me": me | ({"session_token": token} if token else {})}


def formed(variables: Mapping[str, str], name: str, default: str) -> str:
    text = variables.get(name) or default
    form, wanted = FORMS[name]
    if not re.fullmatch(form, text):
        raise ConfigurationError(f"{name} is {text!r}: give {wanted}")
    return text


def one_of(variables: Mapping[str, str], name: str, default: str, other: str) -> str:
    text = variables.get(name) or default
    if text not in (default, other):
        raise ConfigurationError(f"{name} is {text!r}: give {default} or {other}")
    return text


def base_url(variables: Mapping[str, str], name: str, default: str) -> str:
    text = variables.get(name, default)
    with suppress(ValueError):  # of a malformed port
        url = urlsplit(text)
        if re.fullmatch(r"https?://[\w.:\[\]-]+/?", text, re.ASCII) and url.hostname and url.port != 0:
            return text
    raise ConfigurationError(f"{name} is malformed: give the scheme, host and port alone, as in {default}")


def whole_number(variables: Mapping[str, str], name: str, default: int) -> int:
    least, most = LIMITS[name]
    text = variables.get(name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ConfigurationError(f"{name} is {text!r}: give a whole number from {least} to {most}")
    return int(text)
