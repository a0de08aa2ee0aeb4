"""SigV4Auth in httpx clients: what it signs and what it replaces."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import Credentials, sign
from edge_caller.signer.target import request_target
from tests.edge_caller.signer.clients import CREDENTIALS, NOON, TEMPORARY, URL, auth, sent_by


def signed_headers(request: httpx.Request) -> str:
    return request.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]


def signature(request: httpx.Request) -> str:
    return request.headers["authorization"].rpartition("Signature=")[2]


def resigned(request: httpx.Request, timestamp: datetime = NOON) -> str:
    """The signature over what was sent, made from the bytes that were sent."""
    names = signed_headers(request).split(";")
    headers = [
        (name.decode().lower(), value.decode("utf-8", "surrogateescape"))
        for name, value in request.headers.raw
        if name.decode().lower() in names and name.lower() not in (b"x-amz-date", b"x-amz-security-token")
    ]
    token = request.headers.get("x-amz-security-token")
    added = sign(
        request.method,
        request_target(request),
        headers,
        request.content,
        credentials=Credentials("AKIALOCAL00000000001", "secret", token),
        region="ap-northeast-1",
        service="lambda",
        timestamp=timestamp,
    )
    return added["Authorization"].rpartition("Signature=")[2]


# What is signed


def test_signs_the_host_and_the_date() -> None:
    [sent] = sent_by(auth(), httpx.Request("GET", URL))
    assert sent.headers["x-amz-date"] == "20261123T120000Z"
    assert signed_headers(sent) == "host;x-amz-date"
    assert (
        "Credential=AKIALOCAL00000000001/20261123/ap-northeast-1/lambda/aws4_request, " in sent.headers["authorization"]
    )
    assert signature(sent) == resigned(sent)


def test_signs_the_content_type_of_a_body_only() -> None:
    headers = {"content-type": "text/plain"}
    [sent] = sent_by(auth(), httpx.Request("POST", URL, content=b"body", headers=headers))
    assert signed_headers(sent) == "content-type;host;x-amz-date"
    [sent] = sent_by(auth(), httpx.Request("POST", URL, content=b"", headers=headers))
    assert signed_headers(sent) == "host;x-amz-date"


def test_signs_amazons_own_headers_repeated_ones_in_wire_order() -> None:
    headers = [("X-Amz-Meta", "2"), ("x-amz-meta", " 1  0 ")]
    [sent] = sent_by(auth(), httpx.Request("GET", URL, headers=headers))
    assert signed_headers(sent) == "host;x-amz-date;x-amz-meta"
    assert [value for name, value in sent.headers.raw if name.lower() == b"x-amz-meta"] == [b"2", b" 1  0 "]
    assert signature(sent) == resigned(sent)


def test_leaves_unsigned_what_a_proxy_may_change() -> None:
    changing = (
        "connection user-agent transfer-encoding te expect accept-encoding content-length via forwarded "
        "x-forwarded-for x-forwarded-proto x-amzn-trace-id cf-ray cookie accept"
    )
    headers = dict.fromkeys(changing.split(), "1")
    [sent] = sent_by(auth(), httpx.Request("GET", URL, headers=headers))
    assert signed_headers(sent) == "host;x-amz-date"


def test_signs_an_explicit_host_as_it_is_sent() -> None:
    [sent] = sent_by(auth(), httpx.Request("GET", URL, headers={"Host": "other.example:8443"}))
    assert sent.headers["host"] == "other.example:8443"
    assert signature(sent) == resigned(sent)


@pytest.mark.parametrize("value", ["é".encode(), b"\xe9", "日本".encode()])
def test_signs_the_bytes_of_a_header_that_is_not_ascii(value: bytes) -> None:
    [sent] = sent_by(auth(), httpx.Request("GET", URL, headers=[(b"x-amz-meta", value)]))
    assert (b"x-amz-meta", value) in sent.headers.raw
    assert signature(sent) == resigned(sent)


@pytest.mark.parametrize("path", ["/a%20b", "/a%2Fb", "//a", "/(!*')", "/%E3%81%82"])
def test_leaves_the_path_as_it_is_sent(path: str) -> None:
    [sent] = sent_by(auth(), httpx.Request("GET", httpx.URL(URL).copy_with(raw_path=path.encode())))
    assert sent.url.raw_path == path.encode()
    assert signature(sent) == resigned(sent)


def test_rewrites_a_query_with_two_readings() -> None:
    [sent] = sent_by(auth(), httpx.Request("GET", URL, params={"q": "a b"}))
    assert sent.url.raw_path == b"/?q=a%20b"
    [sent] = sent_by(auth(), httpx.Request("GET", URL + "/?z=%2f&&a=1"))
    assert sent.url.raw_path == b"/?z=%2F&a=1"
    assert signature(sent) == resigned(sent)


def test_signs_the_target_that_is_sent_in_place_of_the_urls() -> None:
    """httpx sends the target among a request's extensions instead of its URL's path and query."""
    [sent] = sent_by(auth(), httpx.Request("GET", URL + "/other", extensions={"target": b"//a?q=1+2"}))
    assert (sent.extensions["target"], str(sent.url)) == (b"//a?q=1%202", URL + "/other")
    assert signature(sent) == resigned(sent)


def test_takes_region_and_service_that_are_given() -> None:
    request = httpx.Request("GET", "http://127.0.0.1:9000/")
    [sent] = sent_by(SigV4Auth(CREDENTIALS, region="eu-west-1", service="execute-api", now=lambda: NOON), request)
    assert "/20261123/eu-west-1/execute-api/aws4_request," in sent.headers["authorization"]


# Signing again


def test_signing_again_leaves_nothing_stale() -> None:
    request = httpx.Request("POST", URL, content=b"body", headers={"x-amz-content-sha256": "0" * 64})
    auth(TEMPORARY).sign(request, TEMPORARY)
    later = auth(now=NOON + timedelta(hours=1))
    later.sign(request, CREDENTIALS)
    names = [name.lower() for name, _ in request.headers.raw]
    assert names.count(b"authorization") == names.count(b"x-amz-date") == 1
    assert b"x-amz-security-token" not in names
    assert request.headers["x-amz-date"] == "20261123T130000Z"
    assert request.headers["x-amz-content-sha256"] == hashlib.sha256(b"body").hexdigest()
    assert signature(request) == resigned(request, NOON + timedelta(hours=1))


def test_replaces_an_authorization_of_the_callers() -> None:
    [sent] = sent_by(auth(), httpx.Request("GET", URL, headers={"authorization": "Bearer x"}))
    assert [v for n, v in sent.headers.raw if n.lower() == b"authorization"] == [sent.headers["authorization"].encode()]
    assert sent.headers["authorization"].startswith("AWS4-HMAC-SHA256 ")


def test_one_auth_serves_many_requests() -> None:
    one = auth()
    [first], [second] = sent_by(one, httpx.Request("GET", URL + "/1")), sent_by(one, httpx.Request("GET", URL + "/2"))
    assert signature(first) != signature(second)
    assert signature(second) == resigned(second)


def test_any_time_zone_will_do() -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    [sent] = sent_by(auth(now=tokyo), httpx.Request("GET", URL))
    assert sent.headers["x-amz-date"] == "20261123T120000Z"


# What can't be signed


@pytest.mark.parametrize(
    ("request_that_cannot", "message"),
    [
        (lambda: httpx.Request("GET", "http://127.0.0.1/"), "names no AWS region"),
        (lambda: httpx.Request("GET", "https://s3.eu-west-1.amazonaws.com/"), "S3 signs in a way of its own"),
        (lambda: httpx.Request("PUT", URL, headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}), "no unsigned"),
        (lambda: httpx.Request("GET", URL, headers={"x-amz-meta": "a\nb"}), "line break"),
        (lambda: httpx.Request("GET", URL, extensions={"target": b"/\xe9"}), "isn't ASCII"),
    ],
    ids=["no region", "S3", "unsigned payload", "line break", "no ASCII"],
)
def test_sends_nothing_that_cannot_be_signed(request_that_cannot: Callable[[], httpx.Request], message: str) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError("sent")

    with pytest.raises(SigningError, match=message):
        sent_by(auth(), request_that_cannot(), refuse)


def test_the_clock_must_know_its_time_zone() -> None:
    with pytest.raises(SigningError, match="no time zone"):
        sent_by(auth(now=NOON.replace(tzinfo=None)), httpx.Request("GET", URL))
