"""Settings of the stand-in, from the environment: which web app it calls, and how much at once and how long.

Source: AWS Lambda Developer Guide, "Configuring reserved concurrency" and "Configure Lambda function timeout".
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

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

        Where LOCAL_AWS_EMULATOR_URL is set, the emulator there is invoked in the web app's place.
        """
        return cls(
            environment.get("LOCAL_AWS_WEB_APP_URL", cls.web_app_url),
            whole_number(environment, "LOCAL_AWS_RESERVED_CONCURRENCY", cls.reserved_concurrency, 0, 1000),
            whole_number(environment, "LOCAL_AWS_TIMEOUT_SECONDS", int(cls.timeout_seconds), 1, 900),
            environment.get("LOCAL_AWS_EMULATOR_URL") or None,
        )


def whole_number(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ConfigurationError(f"{name} is {text!r}: give a whole number from {least} to {most}")
    return int(text)
