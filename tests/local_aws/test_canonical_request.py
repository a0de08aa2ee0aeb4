"""The canonical request that is recomputed, against texts written by hand from AWS's rules."""

import pytest

from local_aws.iam import canonical
from local_aws.iam.claim import Claim
from local_aws.received import ReceivedRequest
from tests.local_aws.answers import MISMATCH, assert_refused
from tests.local_aws.asgi import Send
from tests.local_aws.signing import NOW, signed

HEADERS = (("host", b"127.0.0.1:9000"), ("x-note", b" a  b "), ("accept", b"*/*"), ("x-note", b"c"))


def canonical_request(path: str = "/", query: str = "", body: bytes = b"", expires_seconds: int | None = None) -> str:
    received = ReceivedRequest("POST", path, query, HEADERS, body, "192.0.2.7", "1.1")
    claim = Claim("AWS4-HMAC-SHA256", "a/b/c/d/e", ("host", "x-note"), "", NOW, None, expires_seconds)
    return canonical.canonical_request(received, claim).text


def test_has_the_six_parts_of_a_canonical_request() -> None:
    assert canonical_request("/items/42", "b=2&a=1", b"hello").split("\n") == [
        "POST",
        "/items/42",
        "a=1&b=2",
        "host:127.0.0.1:9000",
        "x-note:a b,c",
        "",
        "host;x-note",
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    ]


PATHS = [
    ("/", "/"),
    ("/a/b/", "/a/b/"),
    ("/a%20b", "/a%2520b"),
    ("/a%2Fb", "/a%252Fb"),
    ("/a%2fb", "/a%252fb"),
    ("/%E3%81%82", "/%25E3%2581%2582"),
    ("/%FF", "/%25FF"),
    ("/~user_1.txt-", "/~user_1.txt-"),
    ("/a(b)!c'd*e", "/a%28b%29%21c%27d%2Ae"),
    ("/a:b@c=d+e,f;g&h$i", "/a%3Ab%40c%3Dd%2Be%2Cf%3Bg%26h%24i"),
    ("//a///b", "/a/b"),
    ("/a/./b/../c", "/a/c"),
    ("/../a", "/a"),
    ("/a/%2e%2e/b", "/a/%252e%252e/b"),
    ("/100%", "/100%25"),
]


@pytest.mark.parametrize(("sent", "canonical"), PATHS)
def test_encodes_the_path_as_sent_once_more(sent: str, canonical: str) -> None:
    assert canonical_request(path=sent).split("\n")[1] == canonical


@pytest.mark.anyio
@pytest.mark.parametrize("target", [sent for sent, _ in PATHS])
async def test_takes_the_path_that_was_signed_and_no_other(send: Send, target: str) -> None:
    request = signed(target)
    assert (await send(request)).status_code == 200
    assert_refused(await send(request.but(target=target + "x")), MISMATCH)


QUERIES = [
    ("", ""),
    ("flag", "flag="),
    ("empty=", "empty="),
    ("=nameless", "=nameless"),
    ("a=b=c", "a=b%3Dc"),
    ("b=2&a=1", "a=1&b=2"),
    ("a=2&a=1&a=10", "a=1&a=10&a=2"),
    ("a=1&a=1", "a=1&a=1"),
    ("a-b=1&a=2&aa=3&A=4", "A=4&a=2&a-b=1&aa=3"),
    ("a%20b=c%20d", "a%20b=c%20d"),
    ("p=%2f&q=/", "p=%2F&q=%2F"),
    ("p=%7euser&q=~", "p=~user&q=~"),
    ("%61=%62", "a=b"),
    ("a=b+c", "a=b%2Bc"),
    ("a=%FF&b=%80", "a=%FF&b=%80"),
    ("e=%E3%81%82", "e=%E3%81%82"),
    ("a=1&&b=2&", "a=1&b=2"),
    ("a=100%&b=%zz", "a=100%25&b=%25zz"),
    ("a=(b)!c'd*e", "a=%28b%29%21c%27d%2Ae"),
    ("a=?b", "a=%3Fb"),
]


@pytest.mark.parametrize(("sent", "canonical"), QUERIES)
def test_sorts_and_encodes_the_query_strictly(sent: str, canonical: str) -> None:
    assert canonical_request(query=sent).split("\n")[2] == canonical


@pytest.mark.anyio
@pytest.mark.parametrize(("sent", "canonical"), QUERIES)
async def test_takes_the_query_that_was_signed_and_no_other(send: Send, sent: str, canonical: str) -> None:
    request = signed("/?" + sent, canonical_query=canonical)
    assert (await send(request)).status_code == 200
    assert_refused(await send(request.but(target=request.target + "x")), MISMATCH)


def test_leaves_the_signature_out_of_the_query_of_a_presigned_url_only() -> None:
    query = "X-Amz-Signature=1&a=1"
    assert canonical_request(query=query, expires_seconds=60).split("\n")[2] == "a=1"
    assert canonical_request(query=query).split("\n")[2] == query
