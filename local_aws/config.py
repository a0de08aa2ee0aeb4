"""Settings of the stand-in, from the environment: which web app it calls, reserved concurrency, time-out."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from local_aws.errors import ConfigurationError


@dataclass(frozen=True)
class Settings:
    web_app_url: str = "http://127.0.0.1:8000"
    reserved_concurrency: int = 10
    timeout_seconds: float = 30.0
    emulator_url: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """LOCAL_AWS_WEB_APP_URL, LOCAL_AWS_RESERVED_CONCURRENCY (0: refuse all), LOCAL_AWS_TIMEOUT_SECONDS.

        If LOCAL_AWS_EMULATOR_URL is set, it invokes the emulator there instead of the web app.
        """
        return cls(
            base_url(environment, "LOCAL_AWS_WEB_APP_URL", cls.web_app_url),
            whole_number(environment, "LOCAL_AWS_RESERVED_CONCURRENCY", cls.reserved_concurrency, 0, 1000),
            whole_number(environment, "LOCAL_AWS_TIMEOUT_SECONDS", int(cls.timeout_seconds), 1, 900),
            base_url(environment, "LOCAL_AWS_EMULATOR_URL", "") if environment.get("LOCAL_AWS_EMULATOR_URL") else None,
        )


def base_url(environment: Mapping[str, str], name: str, default: str) -> str:
    text = environment.get(name, default)
    with suppress(ValueError):  # for a malformed port
        url = urlsplit(text)
        if re.fullmatch(r"https?://[\w.:\[\]-]+/?", text, re.ASCII) and url.hostname and url.port != 0:
            return text
    raise ConfigurationError(
        f"{name} isn't a URL: give scheme, host and port only, such as {default or Settings.web_app_url}"
    )


def whole_number(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ConfigurationError(f"{name} is {text!r}: give a whole number from {least} to {most}")
    return int(text)
