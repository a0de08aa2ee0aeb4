"""Many requests and what the signer makes of them: the same lines run under CPython and under Pyodide."""

from datetime import UTC, datetime
from itertools import cycle, product

from edge_caller.signer.sigv4 import Credentials, sign

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
TARGETS = (
    "/",
    "/items/42?q=hello",
    "/a//b/./c/../d/",
    "/a%20b/%2F/%E3%81%82/%c3%a9",
    "/-._~/!$&'()*+,;=:@",
    "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aap-northeast-1%3A123456789012%3Afunction%3Af/invocations",
    "/?",
    "/?flag&empty=&=value&==",
    "/?b=2&a=1&b=1&a=%31&A=0&a-b=1&ab=1",
    "/?q=%E3%81%82%20%2b&q=%7e&x=/?:@!$'()*,;",
)
HEADERS = (
    [("host", "127.0.0.1:9000")],
    [("Host", "example.lambda-url.ap-northeast-1.on.aws"), ("Content-Type", "  text/plain;  charset=utf-8 ")],
    [("host", "h"), ("x-amz-meta", "b"), ("X-Amz-Meta", "a"), ("x-amz-tab", "a\t b"), ("x-amz-empty", "")],
    [("host", "h"), ("x-amz-text", "h\u00e9llo \u3042"), ("x-amz-byte", "\udcff")],
)
PAYLOADS = (b"", b'{"a": 1}', bytes(range(256)) * 300)
CREDENTIALS = (
    Credentials("AKIALOCAL00000000001", "local-secret-of-edge-caller-not-a-real-1"),
    Credentials("ASIALOCAL00000000004", "local/secret+not=real", "token/with+signs=="),
)
REGIONS = ("ap-northeast-1", "us-gov-west-1", "eu-central-1")
TIMESTAMPS = (datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), datetime(2028, 2, 29, 0, 0, 0, 999999, tzinfo=UTC))


def signatures() -> list[dict[str, str]]:
    """The headers that `sign` adds, for each target with each set of headers and each payload."""
    cases = product(TARGETS, HEADERS, PAYLOADS)
    turns = zip(cycle(METHODS), cycle(CREDENTIALS), cycle(REGIONS), cycle(TIMESTAMPS), strict=False)
    return [
        sign(
            method,
            target,
            headers,
            payload,
            credentials=credentials,
            region=region,
            service="lambda",
            timestamp=timestamp,
        )
        for (target, headers, payload), (method, credentials, region, timestamp) in zip(cases, turns, strict=False)
    ]
