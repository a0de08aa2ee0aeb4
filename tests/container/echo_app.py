"""A web app that tells what it saw, or answers as /answers/<name> asks. It runs in the image and on this machine.

It is given to Python as text, so it imports nothing of this project. Its argument is the port.
"""

import base64
import json
import sys
from typing import Any

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]  # status, headers, body
JSON = [(b"content-type", b"application/json")]
TEXT = [(b"content-type", b"text/plain")]

ANSWERS: dict[str, Answer] = {
    "created": (201, JSON, b"{}"),
    "no-content": (204, [], b""),
    "not-modified": (304, [(b"etag", b'"1"')], b""),
    "redirect": (302, [(b"location", b"/elsewhere?a=1")], b""),
    "bad-request": (400, JSON, b'{"detail":"no"}'),
    "not-found": (404, TEXT, b"no"),
    "unprocessable": (422, JSON, b'{"detail":[]}'),
    "failed": (500, TEXT, b"Internal Server Error"),
    "unavailable": (503, [*TEXT, (b"retry-after", b"1")], b"later"),
    "unknown-status": (299, TEXT, b"odd"),
    "one-cookie": (200, [*TEXT, (b"set-cookie", b"a=1; Path=/; HttpOnly")], b"c"),
    "two-cookies": (200, [(b"set-cookie", b"a=1"), *TEXT, (b"set-cookie", b"b=2; Secure")], b"c"),
    "cookie-with-comma": (200, [(b"set-cookie", b"a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT")], b"c"),
    "repeated-header": (200, [*TEXT, (b"x-many", b"1"), (b"x-many", b"2")], b"r"),
    "repeated-vary": (200, [*TEXT, (b"vary", b"accept"), (b"vary", b"origin")], b"r"),
    "empty-header": (200, [*TEXT, (b"x-empty", b"")], b"r"),
    "upper-case-header": (200, [(b"Content-Type", b"text/plain"), (b"X-Upper", b"Yes")], b"r"),
    "utf-8-header": (200, [*TEXT, (b"x-name", "é".encode())], b"r"),
    "latin-1-header": (200, [*TEXT, (b"x-name", b"\xe9")], b"r"),
    "no-type": (200, [], b"plain"),
    "no-type-no-body": (200, [], b""),
    "type-no-body": (200, TEXT, b""),
    "no-type-binary": (200, [], b"\xff\xfe\x00"),
    "binary": (200, [(b"content-type", b"application/octet-stream")], bytes(range(256))),
    "image": (200, [(b"content-type", b"image/png")], b"\x89PNG\r\n\x1a\n"),
    "svg": (200, [(b"content-type", b"image/svg+xml")], b"<svg/>"),
    "html": (200, [(b"content-type", b"text/html; charset=utf-8")], "é".encode()),
    "html-latin-1": (200, [(b"content-type", b"text/html; charset=iso-8859-1")], b"\xe9\x80"),
    "html-windows": (200, [(b"content-type", b"text/html; charset=windows-1252")], b"\xe9\x80"),
    "html-utf-16": (200, [(b"content-type", b"text/html; charset=utf-16")], "é".encode("utf-16-le")),
    "html-shift-jis": (200, [(b"content-type", b"text/html; charset=Shift_JIS")], "日本".encode("shift_jis")),
    "html-unknown-charset": (200, [(b"content-type", b"text/html; charset=nonsense")], "é".encode()),
    "html-quoted-charset": (200, [(b"content-type", b'text/html; charset="utf-8"')], "é".encode()),
    "text-with-bom": (200, TEXT, b"\xef\xbb\xbfbom"),
    "text-invalid": (200, TEXT, b"a\xffb"),
    "json-utf-8": (200, JSON, '{"é": "日本 🎉"}'.encode()),
    "json-surrogate": (200, JSON, b'{"a": "\\ud83c"}'),
    "problem-json": (400, [(b"content-type", b"application/problem+json")], b"{}"),
    "ndjson": (200, [(b"content-type", b"application/x-ndjson")], b"{}\n{}\n"),
    "json-seq": (200, [(b"content-type", b"application/json-seq")], b"{}"),
    "xml": (200, [(b"content-type", b"application/xml")], b"<a/>"),
    "atom": (200, [(b"content-type", b"application/atom+xml; charset=utf-8")], b"<a/>"),
    "yaml": (200, [(b"content-type", b"application/yaml")], b"a: 1"),
    "javascript": (200, [(b"content-type", b"application/javascript")], b"1"),
    "form": (200, [(b"content-type", b"application/x-www-form-urlencoded")], b"a=1"),
    "upper-case-type": (200, [(b"content-type", b"Text/Plain")], b"r"),
    "upper-case-json": (200, [(b"content-type", b"Application/JSON")], b"{}"),
    "empty-type": (200, [(b"content-type", b"")], b"r"),
    "gzip": (200, [*JSON, (b"content-encoding", b"gzip")], b"\x1f\x8b not unpacked on the way"),
    "identity": (200, [*JSON, (b"content-encoding", b"identity")], b"{}"),
    "big-text": (200, TEXT, b"0123456789" * 300_000),
    "big-binary": (200, [(b"content-type", b"application/octet-stream")], bytes(range(256)) * 12_000),
    "too-big": (200, TEXT, b"0123456789" * 640_000),
    "event-number": (200, JSON, b"42"),
    "event-null": (200, JSON, b"null"),
    "event-text": (200, TEXT, b"no json"),
    "event-binary": (200, [(b"content-type", b"image/png")], b"{}"),
    "event-status": (500, JSON, b'{"status":"lost"}'),
    "chunked": (200, TEXT, b"in two parts"),
}


async def app(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    status, headers, content = answer(scope, body)
    if scope["method"] not in ("HEAD",) and not scope["path"].endswith("chunked") and status not in (204, 304):
        headers = [*headers, (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if scope["path"].endswith("chunked"):
        await send({"type": "http.response.body", "body": content[:5], "more_body": True})
        content = content[5:]
    await send({"type": "http.response.body", "body": content})


def answer(scope: Any, body: bytes) -> Answer:
    if scope["path"] == "/healthz":
        return 200, [], b""
    if scope["path"].startswith("/answers/"):
        return ANSWERS[scope["path"].removeprefix("/answers/")]
    if scope["path"] == "/events" and (name := asked_by_event(body)):
        return ANSWERS[name]
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    saw = {
        "method": scope["method"],
        "target": target.decode("latin-1"),
        "headers": sorted([name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]),
        "body": base64.b64encode(body).decode(),
    }
    return 200, JSON, json.dumps(saw).encode()


def asked_by_event(body: bytes) -> Any:
    """The answer that an event that isn't an HTTP event asks for, as {"answer": name}."""
    event = json.loads(body)
    return event.get("answer") if isinstance(event, dict) else None


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", date_header=False, server_header=False)
