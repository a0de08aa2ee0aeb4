"""JSON as Lambda carries it, compact and in UTF-8: the events, and what functions return.

It knows nothing of what stands in them: `event.py` does.
Source: RFC 8259, "The JavaScript Object Notation (JSON) Data Interchange Format".
"""

import json
from typing import Any


def payload_from(text: str) -> Any:
    """The value. Raises ValueError for what is no JSON, even where Python takes it: NaN, or half a surrogate pair."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    payload_bytes(value)
    return value


def payload_bytes(value: Any) -> bytes:
    """The bytes whose number Lambda limits. Raises ValueError for what JSON in UTF-8 can't hold."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except RecursionError as error:
        raise ValueError("the value is nested too deeply") from error
