"""What a case expects beside what came: the differences, each as a line of text."""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from string import Template
from typing import Any
from urllib.parse import quote

from conformance.case import Case
from conformance.sending import Answer

ABSENT = "absent"
MAX_SHOWN = 300


def differences(case: Case, answer: Answer, known: Mapping[str, str]) -> list[str]:
    """Empty where all is as expected. `known` are the values of the case's $names, which no line shows."""
    return [hidden(line, known) for line in differing(case, answer, known)]


def differing(case: Case, answer: Answer, known: Mapping[str, str]) -> Iterator[str]:
    expect = case.expect
    if answer.status != expect.status:
        yield f"status {answer.status}, not {expect.status}"
    error_type = error_type_of(answer) or ""
    if error_type != expect.error_type:
        yield f"error type {error_type or 'none'}, not {expect.error_type or 'none'}"
    text = unescape(answer.text) if case.api == "sts" else answer.text
    if expect.body is not None and not agrees(text, expect.body, known):
        yield f"body {shown(text)}, not {shown(expect.body)}"
    for name, wanted in expect.headers.items():
        if not agrees(answer.header(name), wanted, known):
            yield f"header {name} {shown(answer.header(name))}, not {shown(wanted)}"
    for name in expect.no_headers:
        if answer.header(name) is not None:
            yield f"header {name} {shown(answer.header(name))}, not {ABSENT}"
    if (expect.event or expect.no_event) and not isinstance(answer.event, dict):
        yield f"no event came back: {shown(answer.text)}"
        return
    for path, wanted in expect.event.items():
        if not agrees(at(answer.event, path), wanted, known):
            yield f"event {path} {shown(at(answer.event, path))}, not {shown(wanted)}"
    for path in expect.no_event:
        if at(answer.event, path) != ABSENT:
            yield f"event {path} {shown(at(answer.event, path))}, not {ABSENT}"


def error_type_of(answer: Answer) -> str | None:
    """The name before a colon: some APIs add the address of a schema. STS names it in its XML."""
    header = answer.header("x-amzn-errortype")
    if header:
        return header.partition(":")[0]
    found = re.search(r"<Code>(\w+)</Code>", answer.text)
    return found[1] if found else None


def agrees(came: Any, wanted: Any, known: Mapping[str, str]) -> bool:
    if not isinstance(wanted, str):
        return bool(came == wanted)
    if not wanted.startswith("~"):
        return bool(came == Template(wanted).safe_substitute(known))
    pattern = Template(wanted[1:]).safe_substitute({name: re.escape(value) for name, value in known.items()})
    text = came if isinstance(came, str) else json.dumps(came)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def at(event: Any, path: str) -> Any:
    """The field at a path, as headers.content-type. A part may hold dots: the longest name wins."""
    if not path:
        return event
    if not isinstance(event, dict):
        return ABSENT
    names = [name for name in event if path == name or path.startswith(f"{name}.")]
    if not names:
        return ABSENT
    name = max(names, key=len)
    return at(event[name], path[len(name) + 1 :])


def shown(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def hidden(line: str, known: Mapping[str, str]) -> str:
    """The line without signatures and addresses, with names in place of account, key, token, host and IDs."""
    line = re.sub(r"[0-9a-fA-F]{64}|\b(?:\d{1,3}\.){3}\d{1,3}\b|\bA[A-Z]{3}[A-Z0-9]{12,}", "...", line)
    for name, value in sorted(known.items(), key=lambda pair: -len(pair[1])):
        if value:
            line = line.replace(value, f"${name}").replace(quote(value, safe=""), f"${name}")  # in a URL
    return line if len(line) <= MAX_SHOWN else line[:MAX_SHOWN] + "..."
