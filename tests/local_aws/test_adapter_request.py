"""The event as a request to the web app, as the Lambda Web Adapter 1.0.0-rc1 was seen to make it."""

import json
from typing import Any

import httpx
import pytest

from local_aws.errors import FunctionError
from local_aws.function.adapter import http_request, is_http, pass_through_request, without_dot_segments

URL = httpx.URL("http://127.0.0.1:8000")
CONTEXT = {"http": {"method": "GET"}}
LAMBDA_CONTEXT = {"request_id": "an-id"}


def request_of(**fields: Any) -> httpx.Request:
    return http_request({"requestContext": CONTEXT, **fields}, URL, LAMBDA_CONTEXT)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"requestContext": {"http": {"method": "GET"}}}, True),
        ({"requestContext": {"http": {}}}, False),
        ({"requestContext": {"http": {"method": None}}}, False),
        ({"requestContext": "http"}, False),
        ({"requestContext": None}, False),
        ({"requestContext": ["http"]}, False),
        ({"a": 1}, False),
        ([], False),
        ("requestContext", False),
        (5, False),
        (None, False),
    ],
    ids=repr,
)
def test_an_event_with_a_method_in_its_context_is_http(event: Any, expected: bool) -> None:
    assert is_http(event) == expected


def test_makes_the_request_that_the_event_describes() -> None:
    request = request_of(
        rawPath="/items/42",
        rawQueryString="a=1&a=2&b",
        headers={"host": "id.lambda-url.ap-northeast-1.on.aws", "x-note": "é", "content-length": "99"},
        requestContext={"http": {"method": "POST"}},
        body="hello",
    )
    assert (request.method, request.url.raw_path, request.read()) == ("POST", b"/items/42?a=1&a=2&b", b"hello")
    assert request.headers["host"] == "id.lambda-url.ap-northeast-1.on.aws"
    assert dict(request.headers.raw)[b"x-note"] == "é".encode()
    assert request.headers["content-length"] == "5"


def test_the_least_that_is_an_http_event_asks_for_the_root() -> None:
    request = request_of(rawPath=None, rawQueryString=None, headers=None, cookies=None, body=None)
    assert (request.method, request.url.raw_path, request.read()) == ("GET", b"/", b"")


def test_decodes_a_base64_body() -> None:
    assert request_of(body="/wA=", isBase64Encoded=True).read() == b"\xff\0"


def test_joins_the_cookies_in_place_of_the_header() -> None:
    request = request_of(headers={"cookie": "a=1; b=2"}, cookies=["a=1", "b=2"])
    assert request.headers.get_list("cookie") == ["a=1; b=2"]


@pytest.mark.parametrize("name", ["x-amzn-request-context", "x-amzn-lambda-context"])
def test_sets_both_contexts_in_place_of_any_that_a_client_sent(name: str) -> None:
    request = request_of(headers={name: '{"forged": true}'})
    assert json.loads(request.headers["x-amzn-request-context"]) == CONTEXT
    assert json.loads(request.headers["x-amzn-lambda-context"]) == LAMBDA_CONTEXT
    assert len(request.headers.get_list(name)) == 1


def test_escapes_the_one_byte_that_json_allows_and_a_header_does_not() -> None:
    context = {"http": {"method": "GET", "path": "/a\x7fb"}}
    request = http_request({"requestContext": context, "rawPath": "/a%7Fb"}, URL, LAMBDA_CONTEXT)
    sent = dict(request.headers.raw)[b"x-amzn-request-context"]
    assert rb"/a\u007fb" in sent
    assert json.loads(sent) == context


def test_sends_the_context_in_utf8() -> None:
    request = request_of(requestContext={"http": {"method": "GET", "path": "/é"}})
    assert dict(request.headers.raw)[b"x-amzn-request-context"] == '{"http":{"method":"GET","path":"/é"}}'.encode()


PATHS = [
    ("/a/../b", "/b"),
    ("/a/%2e%2E/b", "/b"),
    ("/a/.", "/a/"),
    ("/a/%2e", "/a/"),
    ("/a/./b", "/a/b"),
    ("/a/b/..", "/a/"),
    ("/..", "/"),
    ("//x//y", "//x//y"),
    ("/a%2Fb/%7E/%zz/%C3%A9;c", "/a%2Fb/%7E/%zz/%C3%A9;c"),
    ("/a\\..\\b", "/b"),
    ("/a...b/..c", "/a...b/..c"),
    ("/", "/"),
    ("", "/"),
]


@pytest.mark.parametrize(("path", "resolved"), PATHS)
def test_resolves_dot_segments_and_keeps_the_rest_of_the_path(path: str, resolved: str) -> None:
    assert without_dot_segments(path) == resolved
    assert request_of(rawPath=path).url.raw_path == resolved.encode()


@pytest.mark.parametrize("query", ["q=%zz&x=%20+", "a?b", "a=1&&b", "%2e%2e/=1"])
def test_keeps_the_query(query: str) -> None:
    assert request_of(rawPath="/a", rawQueryString=query).url.raw_path == b"/a?" + query.encode()


@pytest.mark.parametrize(
    "fields",
    [
        {"rawPath": 5},
        {"rawPath": "/あ"},
        {"rawPath": "/a#b"},
        {"rawPath": "/" + "a" * 70_000},
        {"rawQueryString": "a#b"},
        {"headers": ["a"]},
        {"headers": {"a": 5}},
        {"headers": {"a": "\ud800"}},
        {"cookies": [1]},
        {"body": 5},
        {"body": "\ud800"},
        {"body": "!", "isBase64Encoded": True},
    ],
    ids=lambda fields: ascii(fields)[:40],
)
def test_an_http_event_that_is_none_is_a_function_error(fields: dict[str, Any]) -> None:
    """It never passes for a direct Invoke: the web app may trust those."""
    with pytest.raises(FunctionError, match=r"^the event is not of payload format 2\.0"):
        request_of(**fields)


@pytest.mark.parametrize("query", ['a="b"', "a=<b", "a>b"])
def test_a_raw_mark_in_the_query_ends_the_adapter(query: str) -> None:
    with pytest.raises(FunctionError, match=r"isn't percent-encoded: on Lambda this ends the adapter"):
        request_of(rawQueryString=query)


@pytest.mark.parametrize("query", ["a=%22b%22", "a=%3Cb%3E", "a='b'"])
def test_an_encoded_mark_in_the_query_passes(query: str) -> None:
    assert request_of(rawQueryString=query).url.raw_path.endswith(query.encode())


def test_passes_any_other_event_through() -> None:
    request = pass_through_request({"a": "é"}, URL, LAMBDA_CONTEXT)
    assert (request.method, str(request.url)) == ("POST", "http://127.0.0.1:8000/events")
    assert request.headers["content-type"] == "application/json"
    assert request.read() == '{"a":"é"}'.encode()
    assert request.headers["x-amzn-request-context"] == "null"
    assert json.loads(request.headers["x-amzn-lambda-context"]) == LAMBDA_CONTEXT


@pytest.mark.parametrize("source", ["x-authorization", "X-Authorization"])
def test_the_header_of_authorization_source_becomes_the_apps_authorization(source: str) -> None:
    """Made so, an edge caller's EDGE_FORWARD_AUTHORIZATION_AS reaches the app under its own name."""
    event = {"requestContext": CONTEXT, "headers": {"x-authorization": "Bearer of-the-app"}}
    headers = http_request(event, URL, LAMBDA_CONTEXT, source).headers
    assert headers["authorization"] == "Bearer of-the-app"
    assert "x-authorization" not in headers


def test_no_header_becomes_authorization_otherwise() -> None:
    headers = request_of(headers={"x-authorization": "Bearer of-the-app"}).headers
    assert "authorization" not in headers
