"""Events, and what functions return, as compact JSON in UTF-8."""

import json
from typing import Any


def payload_from(text: str) -> Any:
    """The value. Raises ValueError for invalid JSON, also where Python is lenient: NaN, or half a surrogate pair."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    payload_bytes(value)
    return value


def payload_bytes(value: Any) -> bytes:
    """The bytes that count for Lambda's limits. Raises ValueError for a value that JSON in UTF-8 can't express."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except RecursionError as error:
        raise ValueError("the value is nested too deeply") from error
