"""Limits: how long each stage of a request may take, how many requests go on at once, how often one is sent again.

It only holds and checks the numbers; `deadline.py`, `proxy.py` and `retry.py` keep to them.
Source: AWS Lambda Developer Guide, "Lambda quotas" (a function runs for 900 seconds at most), as of 2026-11.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from edge_caller.errors import ConfigurationError


@dataclass(frozen=True)
class Limits:
    """Each is a variable too: its name in capitals, after EDGE_, such as EDGE_CONNECT_TIMEOUT_SECONDS."""

    connect_timeout_seconds: float = 5.0
    first_byte_timeout_seconds: float = 30.0
    between_bytes_timeout_seconds: float = 30.0
    whole_timeout_seconds: float = 900.0
    max_connections: int = 200
    pool_wait_seconds: float = 2.0
    max_retries: int = 2


is_number = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?").fullmatch

LIMIT_NAMES = {f"EDGE_{field.name.upper()}": field for field in fields(Limits)}


def limits_from(variables: Mapping[str, str | None], source: str) -> Limits:
    """The limits, each at its default where its variable isn't set. Raises ConfigurationError."""
    given: dict[str, float] = {}
    for name, field in LIMIT_NAMES.items():
        text = variables.get(name)
        if text:
            given[field.name] = whole(name, text, source) if field.type is int else seconds(name, text, source)
    return Limits(**given)  # type: ignore[arg-type]  # whole numbers are where int is asked for


def seconds(name: str, text: str, source: str) -> float:
    if not is_number(text) or not 0 < float(text) <= 86_400:
        raise ConfigurationError(f"{name} in {source} is {text!r}: give seconds, more than 0 and up to 86400")
    return float(text)


def whole(name: str, text: str, source: str) -> int:
    least, most = (0, 10) if name == "EDGE_MAX_RETRIES" else (1, 10_000)
    if not is_number(text) or not text.isdigit() or not least <= int(text) <= most:
        raise ConfigurationError(f"{name} in {source} is {text!r}: give a whole number from {least} to {most}")
    return int(text)
