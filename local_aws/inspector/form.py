"""Reads the forms of the page, bounded, and makes the call that a person typed."""

from dataclasses import replace
from urllib.parse import parse_qsl

from starlette.requests import Request

from local_aws.inspector.calls import CALLER, Calls
from local_aws.inspector.copies import own_headers, own_target
from local_aws.inspector.kept import Kept
from local_aws.inspector.signing import Call, on_the_wire
from local_aws.why.pastes.read import MAX_PASTE_BYTES

MAX_FORM_BYTES = 3 * MAX_PASTE_BYTES  # percent-encoding takes up to three bytes for one
KEEP, UNSIGNED = "keep", "unsigned"


class UnusableForm(Exception):
    """The form can't be used. The message is one sentence for the person who filled it in."""


async def fields_of(request: Request) -> dict[str, str]:
    """The fields by name, with \\n for a line's end. Raises UnusableForm for one that is too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM_BYTES:
            raise UnusableForm(f"the form is larger than {MAX_FORM_BYTES} bytes")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def call_of(kept: Kept, host: str) -> Call:
    """The kept request without its signature, to change."""
    body = kept.body.encode() if kept.body_is_text else b""
    sent_to = next((value for name, value in kept.headers if name == "host"), host)
    return Call(kept.method, own_target(kept.target), (("host", sent_to), *own_headers(kept)), body)


def changed_call(kept: Kept, fields: dict[str, str], calls: Calls) -> Call:
    """The call as typed: with the signature of the call before the change, signed anew, or unsigned."""
    before = call_of(kept, calls.host)
    body = fields.get("body", "")
    typed = Call(
        method=method_of(fields.get("method", "")),
        target=target_of(fields.get("target", "")),
        headers=headers_of(fields.get("headers", "")),
        body=before.body if body == before.body.decode().replace("\r\n", "\n") else body.encode("utf-8", "replace"),
    )
    how = fields.get("signature", KEEP)
    if how == UNSIGNED:
        return typed
    if how != KEEP:
        return calls.signed(typed, how)
    signed = calls.signed(before, kept.caller or CALLER)
    return replace(typed, headers=(*typed.headers, *signed.headers[len(before.headers) :]))


def method_of(text: str) -> str:
    method = text.strip()
    if not (method.isascii() and method.replace("-", "").isalnum()):
        raise UnusableForm(f"the method is {method!r}: write a word such as GET")
    return method


def target_of(text: str) -> str:
    target = on_the_wire(text.strip())
    if not target.startswith("/"):
        raise UnusableForm(f"the path is {text.strip()!r}: begin it with /")
    return target


def headers_of(text: str) -> tuple[tuple[str, str], ...]:
    headers = []
    for line in filter(str.strip, text.split("\n")):
        name, colon, value = line.partition(":")
        if not colon or not name.strip().isascii() or not name.strip().replace("-", "").replace("_", "").isalnum():
            raise UnusableForm(f"the header line is {line!r}: write it as name: value")
        headers.append((name.strip().lower(), value.strip()))
    return tuple(headers)
