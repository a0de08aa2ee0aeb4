"""Limits: how long each stage of a request may take, how much may be in flight at once, how often a call is retried.

Source: [Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html) (a function runs for
900 seconds at most), as of 2026-11.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from edge_caller.errors import ConfigurationError


def limit(default: float, least: float, most: float) -> Any:
    """A dataclass field with its bounds. An int default means that the value is a whole number."""
    return field(default=default, metadata={"least": least, "most": most})


@dataclass(frozen=True)
class Limits:
    """Each field is a variable too: EDGE_ and its name in capitals, such as EDGE_CONNECT_TIMEOUT_SECONDS.

    The last five are the server's (`process/server.py`); a Worker has no use for them. With several workers, each of
    them has the limits for itself.
    """

    connect_timeout_seconds: float = limit(5.0, 0.001, 86_400)
    first_byte_timeout_seconds: float = limit(30.0, 0.001, 86_400)
    between_bytes_timeout_seconds: float = limit(30.0, 0.001, 86_400)
    whole_timeout_seconds: float = limit(900.0, 0.001, 86_400)
    max_connections: int = limit(200, 1, 10_000)
    pool_wait_seconds: float = limit(2.0, 0.001, 86_400)
    max_retries: int = limit(2, 0, 10)
    idle_timeout_seconds: float = limit(75.0, 0.001, 86_400)
    max_client_connections: int = limit(1_000, 1, 100_000)
    workers: int = limit(1, 1, 64)
    drain_seconds: int = limit(30, 1, 3_600)

    @classmethod
    def from_variables(cls, variables: Mapping[str, str | None], source: str) -> "Limits":
        """Each limit, at its default where its variable isn't set. Raises ConfigurationError."""
        values = {}
        for item in fields(cls):
            name = variable_name(item.name)
            if text := variables.get(name):
                values[item.name] = number(name, text, source, item.type is int, **item.metadata)
        return cls(**values)


def variable_name(field_name: str) -> str:
    return f"EDGE_{field_name.upper()}"


LIMIT_NAMES = tuple(variable_name(item.name) for item in fields(Limits))
DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")


def number(name: str, text: str, source: str, is_whole: bool, *, least: float, most: float) -> Any:
    kind = "a whole number" if is_whole else "a number"
    if not DECIMAL.fullmatch(text) or (is_whole and "." in text) or not least <= float(text) <= most:
        raise ConfigurationError(f"{name} in {source} is {text!r}: give {kind} from {least:g} to {most:g}")
    return int(text) if is_whole else float(text)
