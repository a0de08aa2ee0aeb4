"""The requests and events that go through the real adapter and through the Python runtime, and where the two differ."""

from typing import Any

from tests.container.echo_app import ANSWERS

Headers = list[tuple[str, str | bytes]]

OCTETS = ("content-type", "application/octet-stream")
TEXT = ("content-type", "text/plain")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "get")

TARGETS = (
    *("/", "//", "//a//b", "/a/", "/a%2Fb", "/a%2fb", "/a%20b", "/%E6%97%A5%E6%9C%AC", "/a+b", "/a;b=1", "/a:b@c"),
    *("/a!$&'()*,=", "/a~b-_.", "/%7Ea", "/a%00b", "/%", "/%zz", "/a%2e%2e/b", "/a/%2E%2E/b", "/a/./b", "/a/../b"),
    *(
        "/..",
        "/a|b",
        "/a^b",
        "/a[b]",
        "/a\\b",
        "/a%5Cb",
        "/a%7Fb",
        "/%25",
        "/%252F",
        "/" + "a" * 3000,
        "/a%3Fb",
        "/a%23b",
    ),
    *("/q?", "/q?a=1", "/q?a=1&a=2&a=1", "/q?a=1&b", "/q?b=&a=", "/q?=x", "/q?a==b", "/q?&&", "/q?a=%20b"),
    *("/q?a=+b", "/q?a=%2B", "/q?a=b?c", "/q?a=b/c", "/q?a=%E6%97%A5", "/q?a=%FF", "/q?a=%zz", "/q?a='b'"),
    *(
        '/q?a="b"',
        "/q?a=<b>",
        "/q?a>b",
        "/q?a=[b]",
        "/q?a={b}",
        "/q?a|b",
        "/q?a\\b",
        "/q?a;b",
        "/q?a=1#x",
        "/q?" + "a" * 5000,
    ),
)

HEADERS: dict[str, Headers] = {
    "none": [],
    "accept": [("accept", "text/html")],
    "repeated": [("x-a", "1"), ("x-a", "2")],
    "empty": [("x-a", "")],
    "long": [("x-a", "b" * 6000)],
    "UTF-8": [("x-a", "é".encode())],
    "Latin-1": [("x-a", b"\xe9")],
    "odd name": [("x.a_b!", "1")],
    "cookie": [("cookie", "a=1; b=2")],
    "two cookies": [("cookie", "a=1"), ("cookie", "b=2")],
    "empty cookie": [("cookie", "a=1;;b")],
    "quoted cookie": [("cookie", 'a="x;y"')],
    "forged contexts": [("x-amzn-request-context", '{"a":1}'), ("x-amzn-lambda-context", "{}")],
    "connection": [("connection", "close")],
    "upgrade": [("connection", "upgrade"), ("upgrade", "websocket")],
    "te": [("te", "trailers")],
    "keep-alive": [("keep-alive", "timeout=5")],
    "expect": [("expect", "100-continue")],
    "forwarded": [("x-forwarded-for", "192.0.2.9")],
    "tenant": [("x-amz-tenant-id", "a")],
}

BODIES: dict[str, tuple[Headers, bytes]] = {
    "JSON": ([("content-type", "application/json")], b'{"a":1}'),
    "broken JSON": ([("content-type", "application/json")], b"\xff"),
    "form": ([("content-type", "application/x-www-form-urlencoded")], b"a=1&b=%20"),
    "multipart": ([("content-type", "multipart/form-data; boundary=x")], b"--x\r\n\r\n--x--"),
    "binary": ([OCTETS], bytes(range(256))),
    "no type": ([], b"abc"),
    "text": ([TEXT], "日本".encode()),
    "Latin-1": ([("content-type", "text/plain; charset=iso-8859-1")], b"\xe9"),
    "NUL": ([TEXT], b"\0\r\n"),
    "length": ([TEXT, ("content-length", "3")], b"abc"),
    "chunked": ([TEXT, ("transfer-encoding", "chunked")], b"abc"),
    "gzip": ([("content-encoding", "gzip"), ("content-type", "application/json")], b"\x1f\x8b"),
    "4 MB": ([OCTETS], b"x" * 4_000_000),
}

# name: method, target, headers, body
REQUESTS: dict[str, tuple[str, str, Headers, bytes]] = {
    **{f"method {method}": (method, "/m", [], b"") for method in METHODS},
    **{f"target {target[:40]}": ("GET", target, [], b"") for target in TARGETS},
    **{f"header {name}": ("GET", "/h", headers, b"") for name, headers in HEADERS.items()},
    **{f"body {name}": ("POST", "/b", headers, body) for name, (headers, body) in BODIES.items()},
    "body of a GET": ("GET", "/b", [TEXT], b"abc"),
    "body of a DELETE": ("DELETE", "/b", [TEXT], b"abc"),
    "POST /events": ("POST", "/events", [("content-type", "application/json")], b"{}"),
    **{f"answer {name}": ("GET", f"/answers/{name}", [], b"") for name in ANSWERS},
    **{f"HEAD {name}": ("HEAD", f"/answers/{name}", [], b"") for name in ("created", "no-content", "html", "gzip")},
}

# Events that aren't HTTP requests, as the Invoke API takes them.
ANY_JSON: list[Any] = [{}, [], [1, {"a": None}], "text", 42, 1.0, None, True, 2**70]
EVENTS: dict[str, Any] = {
    **{f"event {event!r}": event for event in ANY_JSON},
    "event with text": {"a": "日本 🎉"},
    "event of a queue": {"Records": [{"eventSource": "aws:sqs", "body": "x"}]},
    "event of a load balancer": {"requestContext": {"elb": {}}},
    "event without a request context": {"requestContext": None},
    "event with an odd http": {"requestContext": {"http": 1}},
    "event with half a request": {"requestContext": {"http": {"method": "GET"}}},
    **{f"event answered by {name}": {"answer": name} for name in ANSWERS if name.startswith("event-")},
    "event answered by gzip": {"answer": "gzip"},
    "event answered by too-big": {"answer": "too-big"},
}

# Where the Python runtime does something else than the adapter, and why it is left so. A name that no longer differs
# fails its test.
DIFFERENCES = {
    "method get": "httpx writes every method in upper case",
    "target /q?a='b'": "the adapter escapes ' in a query",
    "target /q?a=1#x": "the adapter drops a fragment, which no client sends; httpx refuses it",
    "answer no-type-binary": "the adapter takes FF FE for the mark of UTF-16",
    "answer html-latin-1": "the adapter reads Latin-1 as browsers do, as windows-1252",
    "event answered by too-big": "the stand-in reads no more than Lambda returns; the adapter reads all",
    "event with half a request": "the adapter fills in what an HTTP event lacks; the stand-in calls it an error",
}

# Adapters up to 1.0.0 besides.
OLD_DIFFERENCES = {"target /a%7Fb": "the decoded path is in a header, where an old adapter leaves the byte 7F as it is"}

# The same for RESPONSE_STREAM: no body is decoded, and no limit of 6 MB counts.
STREAMED_DIFFERENCES = {
    name: reason
    for name, reason in DIFFERENCES.items()
    if name.startswith(("method", "target")) or name == "event with half a request"
}
# RESPONSE_STREAM behind AWS's emulator, which reads the response whole.
LIMITED = "AWS's emulator has the limit of 6 MB for a streamed response too"
EMULATOR_DIFFERENCES = STREAMED_DIFFERENCES | {"answer too-big": LIMITED, "event answered by too-big": LIMITED}
