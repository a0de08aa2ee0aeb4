"""The event of payload format 2.0: each field as a Function URL gives it, and those that it leaves out."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from local_aws.function.event import event_from
from local_aws.received import ReceivedRequest
from policies.function import Function
from tests.local_aws.signing import CALLERS

NOW = datetime(2026, 11, 23, 6, 0, 0, 123456, tzinfo=UTC)
TRACE_ID = "Root=1-6b03d660-0123456789abcdef01234567"
HOST = ("host", b"127.0.0.1:9000")
WITHOUT_BODY = {"version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"}


def event_of(
    path: str = "/", query: str = "", *headers: tuple[str, bytes], body: bytes = b"", method: str = "GET"
) -> dict[str, Any]:
    request = ReceivedRequest(method, path, query, (HOST, *headers), body, "192.0.2.7", "1.1")
    return event_from(request, Function(), CALLERS["edge-caller"], request_id="an-id", trace_id=TRACE_ID, now=NOW)


def test_is_a_whole_event_of_payload_format_2() -> None:
    caller = CALLERS["edge-caller"]
    host = "local0function0url0of0this0machn.lambda-url.ap-northeast-1.on.aws"
    assert event_of("/items/42", "q=hello", ("user-agent", b"curl/8.7.1"), ("accept", b"*/*")) == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/items/42",
        "rawQueryString": "q=hello",
        "headers": {
            "host": "127.0.0.1:9000",
            "user-agent": "curl/8.7.1",
            "accept": "*/*",
            "x-forwarded-for": "192.0.2.7",
            "x-forwarded-port": "9000",
            "x-forwarded-proto": "http",
            "x-amzn-trace-id": TRACE_ID,
        },
        "queryStringParameters": {"q": "hello"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local0function0url0of0this0machn",
            "authorizer": {
                "iam": {
                    "accessKey": "AKIALOCAL00000000001",
                    "accountId": "123456789012",
                    "callerId": caller.user_id,
                    "cognitoIdentity": None,
                    "principalOrgId": None,
                    "userArn": "arn:aws:iam::123456789012:user/edge-caller",
                    "userId": caller.user_id,
                }
            },
            "domainName": host,
            "domainPrefix": "local0function0url0of0this0machn",
            "http": {
                "method": "GET",
                "path": "/items/42",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7",
                "userAgent": "curl/8.7.1",
            },
            "requestId": "an-id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "23/Nov/2026:06:00:00 +0000",
            "timeEpoch": 1795413600123,
        },
        "isBase64Encoded": False,
    }


def test_leaves_out_what_has_nothing_to_say() -> None:
    assert event_of().keys() == WITHOUT_BODY


@pytest.mark.parametrize(
    ("path", "decoded"),
    [
        ("/a%20b/c%2Fd", "/a b/c/d"),
        ("/%E3%81%82", "/あ"),
        ("/%FF", "/\N{REPLACEMENT CHARACTER}"),
        ("//a/./b/../c", "//a/./b/../c"),
    ],
)
def test_keeps_the_path_as_sent_and_gives_it_decoded_too(path: str, decoded: str) -> None:
    event = event_of(path)
    assert event["rawPath"] == path
    assert event["requestContext"]["http"]["path"] == decoded


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("b=2&a=1&a=3", {"b": "2", "a": "1,3"}),
        ("a=1,2&a=3", {"a": "1,2,3"}),
        ("p=a+b&q=a%20b&r=a%2Bb", {"p": "a b", "q": "a b", "r": "a+b"}),
        ("empty=&flag", {"empty": "", "flag": ""}),
        ("%61=%E3%81%82", {"a": "あ"}),
        ("a=b=c&d=?/", {"a": "b=c", "d": "?/"}),
        ("a=%FF", {"a": "\N{REPLACEMENT CHARACTER}"}),
        ("a=%zz", {"a": "%zz"}),
    ],
)
def test_keeps_the_query_as_sent_and_gives_it_decoded_too(query: str, parameters: dict[str, str]) -> None:
    event = event_of("/", query)
    assert event["rawQueryString"] == query
    assert event["queryStringParameters"] == parameters


def test_joins_repeated_headers_with_a_comma_alone() -> None:
    assert event_of("/", "", ("x-a", b"1"), ("x-b", b"2"), ("x-a", b"3, 4"))["headers"]["x-a"] == "1,3, 4"


def test_gives_cookies_in_both_places() -> None:
    event = event_of("/", "", ("cookie", b"a=1; b=2;c=3"), ("cookie", b"d=4"))
    assert event["cookies"] == ["a=1", "b=2", "c=3", "d=4"]
    assert event["headers"]["cookie"] == "a=1; b=2;c=3; d=4"


@pytest.mark.parametrize("empty", [b"", b" ", b";", b" ; "])
def test_gives_no_cookies_where_there_are_none(empty: bytes) -> None:
    assert "cookies" not in event_of("/", "", ("cookie", empty))


def test_takes_the_signature_away_and_keeps_the_rest_of_the_claim() -> None:
    claim = (
        ("authorization", b"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c"),
        ("x-amz-date", b"20261123T060000Z"),
        ("x-amz-content-sha256", b"abc"),
        ("x-amz-security-token", b"token"),
    )
    headers = event_of("/", "", *claim)["headers"]
    assert "authorization" not in headers
    assert (headers["x-amz-date"], headers["x-amz-content-sha256"]) == ("20261123T060000Z", "abc")
    assert headers["x-amz-security-token"] == "token"


def test_takes_away_what_belongs_to_the_connection() -> None:
    """A function never sees the chunks of a body that is whole by then."""
    names = ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
    headers = event_of("/", "", *((name, b"x") for name in names), ("content-length", b"5"))["headers"]
    assert not set(names) & headers.keys()
    assert headers["content-length"] == "5"


def test_says_itself_where_a_request_came_from() -> None:
    forged = ("x-forwarded-for", b"203.0.113.1"), ("x-forwarded-proto", b"https"), ("x-amzn-trace-id", b"forged")
    headers = event_of("/", "", *forged)["headers"]
    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("192.0.2.7", "http")
    assert headers["x-amzn-trace-id"] == TRACE_ID


@pytest.mark.parametrize(("host", "port"), [("localhost", "80"), ("[::1]:9000", "9000"), ("[::1]", "80")])
def test_gives_the_port_of_the_host(monkeypatch: pytest.MonkeyPatch, host: str, port: str) -> None:
    monkeypatch.setattr("tests.local_aws.test_event.HOST", ("host", host.encode()))
    assert event_of()["headers"]["x-forwarded-port"] == port


def test_replaces_what_is_no_text_in_a_header() -> None:
    assert event_of("/", "", ("x-a", b"caf\xe9"))["headers"]["x-a"] == "caf\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "TEXT/CSV", "application/json;charset=UTF-8", "application/xml", "application/javascript"],
)
def test_a_body_of_a_text_type_is_text(content_type: str) -> None:
    event = event_of("/", "", ("content-type", content_type.encode()), body="あ".encode(), method="POST")
    assert (event["body"], event["isBase64Encoded"]) == ("あ", False)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "image/png",
        "application/jsonp",
        "application/problem+json",
        "application/vnd.api+json; charset=utf-8",
        "image/svg+xml",
        "",
        None,
    ],
)
def test_a_body_of_any_other_type_or_none_is_base64(content_type: str | None) -> None:
    headers = [] if content_type is None else [("content-type", content_type.encode())]
    event = event_of("/", "", *headers, body=b"a=1", method="POST")
    assert (event["body"], event["isBase64Encoded"]) == (b64encode(b"a=1").decode(), True)


def test_a_body_that_is_no_utf8_is_base64_whatever_its_type() -> None:
    event = event_of("/", "", ("content-type", b"text/plain"), body=b"caf\xe9", method="POST")
    assert event["isBase64Encoded"]
    assert b64decode(event["body"]) == b"caf\xe9"
