"""A HAR file, as a browser's network panel exports it. Source: "HTTP Archive (HAR) format", version 1.2."""

import json
from typing import Any

from local_aws.received import bytes_of
from local_aws.why.pastes.answer import answer_of
from local_aws.why.pastes.record import Exchange, Headers, Paste, PastedAnswer, request_to, with_host


def read(text: str) -> Paste | None:
    if not text.lstrip().startswith("{") or '"entries"' not in text:
        return None
    try:
        entries = json.loads(text)["log"]["entries"]
        exchanges = tuple(exchange_of(entry) for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    exchanges = tuple(e for e in exchanges if e.request and e.request.method != "OPTIONS")
    if not exchanges:
        return None
    paste = Paste("har", exchanges)
    request = paste.chosen.request
    hidden = request is not None and not request.signed
    return Paste("har", exchanges, notes=("note_har_without_authorization",) if hidden else ())


def exchange_of(entry: dict[str, Any]) -> Exchange:
    sent, received = entry["request"], entry.get("response") or {}
    pairs = pairs_of(sent)
    headers = tuple(pair for pair in pairs if not pair[0].startswith(":"))
    if authority := dict(pairs).get(":authority"):
        headers = with_host(headers, authority)
    post = sent.get("postData")
    body = bytes_of(str(post.get("text", ""))) if post else b""
    return Exchange(request_to(str(sent["url"]), str(sent["method"]).upper(), headers, body), answer_from(received))


def pairs_of(message: dict[str, Any]) -> Headers:
    return tuple((str(pair["name"]).lower(), str(pair["value"])) for pair in message.get("headers", []))


def answer_from(received: dict[str, Any]) -> PastedAnswer | None:
    status = received.get("status")
    if not isinstance(status, int) or not status:
        return None
    return answer_of(status, pairs_of(received), str((received.get("content") or {}).get("text") or ""))
