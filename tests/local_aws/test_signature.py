"""What a signature covers: each accepted request beside its twins, in which one thing was changed after signing."""

from unittest import mock

import pytest

from tests.local_aws.answers import MISMATCH, assert_refused
from tests.local_aws.asgi import FakeRuntime, Send
from tests.local_aws.signing import CALLERS, EMPTY_SHA256, HOST, Request, sha256_of, signed

pytestmark = pytest.mark.anyio

BODY = b'{"a": 1}'
TYPE = ("content-type", "application/json")
WITH_AND_WITHOUT_HASH = pytest.mark.parametrize("hashed", [(), (sha256_of(BODY),)], ids=["plain", "hashed"])


def request(hashed: tuple[tuple[str, str], ...] = ()) -> Request:
    return signed("/items/42?q=hello", method="POST", body=BODY, headers=(TYPE, *hashed))


@WITH_AND_WITHOUT_HASH
async def test_lets_a_signed_request_through(send: Send, runtime: FakeRuntime, hashed: tuple[tuple[str, str]]) -> None:
    response = await send(request(hashed))
    assert (response.status_code, response.text) == (200, "reached")
    assert runtime.event["body"] == BODY.decode()


CHANGES = {
    "body": lambda r: r.but(body=b'{"a": 2}'),
    "body cut": lambda r: r.but(body=BODY[:-1]),
    "body gone": lambda r: r.but(body=b""),
    "path": lambda r: r.but(target="/items/43?q=hello"),
    "query value": lambda r: r.but(target="/items/42?q=hellp"),
    "query added": lambda r: r.but(target="/items/42?q=hello&r="),
    "query gone": lambda r: r.but(target="/items/42"),
    "method": lambda r: r.but(method="PUT"),
    "host": lambda r: r.with_header("host", "127.0.0.1:9001"),
    "signed header": lambda r: r.with_header("content-type", "text/plain"),
    "signed header gone": lambda r: r.without("content-type"),
    "date": lambda r: r.with_header("x-amz-date", "20261123T060001Z"),
    "key": lambda r: r.with_authorization(CALLERS["edge-caller"].access_key_id, CALLERS["invoke-caller"].access_key_id),
    "signed headers": lambda r: r.with_authorization("content-type;", ""),
    "signature": lambda r: r.with_header("authorization", r["authorization"][:-1] + "-"),
    "signature cut": lambda r: r.with_header("authorization", r["authorization"][:-1]),
}


@WITH_AND_WITHOUT_HASH
@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
async def test_refuses_a_request_changed_after_signing(
    send: Send, runtime: FakeRuntime, change: object, hashed: tuple[tuple[str, str]]
) -> None:
    assert_refused(await send(change(request(hashed))), MISMATCH)  # type: ignore[operator]
    assert runtime.events == []


async def test_refuses_the_wrong_secret(send: Send) -> None:
    assert_refused(await send(signed(secret="another-secret-not-a-real-one")), MISMATCH)


@pytest.mark.parametrize("announced", ["UNSIGNED-PAYLOAD", EMPTY_SHA256, "0" * 64, ""])
async def test_refuses_a_signed_hash_that_is_not_the_bodys(send: Send, announced: str) -> None:
    """botocore signs whatever the header says, so the signature itself is right."""
    hashed = (("x-amz-content-sha256", announced),)
    assert_refused(await send(signed(method="POST", body=BODY, headers=hashed)), MISMATCH)


async def test_refuses_a_wrong_hash_that_nobody_signed(send: Send) -> None:
    assert_refused(await send(request().with_header("x-amz-content-sha256", EMPTY_SHA256)), MISMATCH)


async def test_refuses_an_unsigned_payload_without_its_header(send: Send) -> None:
    with mock.patch("botocore.auth.SigV4Auth.payload", return_value="UNSIGNED-PAYLOAD"):
        unsigned = signed(method="POST", body=BODY)
    assert_refused(await send(unsigned), MISMATCH)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user-agent", "curl/8.7.1"),
        ("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678"),
        ("expect", "100-continue"),
        ("connection", "keep-alive"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ],
)
async def test_takes_into_account_every_header_that_was_signed(send: Send, name: str, value: str) -> None:
    with mock.patch("botocore.auth.SIGNED_HEADERS_BLACKLIST", []):  # botocore itself never signs these
        request = signed(headers=((name, value),))
    assert name in request["authorization"]
    assert (await send(request)).status_code == 200
    assert_refused(await send(request.with_header(name, value + "x")), MISMATCH)


async def test_leaves_alone_a_header_that_was_not_signed(send: Send) -> None:
    request = signed(headers=(("user-agent", "curl/8.7.1"),))
    assert (await send(request.with_header("user-agent", "another").with_header("via", "1.1 proxy"))).status_code == 200


@pytest.mark.parametrize("sent", ["a b", "  a   b  ", "a \t b"])
async def test_folds_the_spaces_of_a_value(send: Send, sent: str) -> None:
    assert (await send(signed(headers=(("x-note", "a b"),)).with_header("x-note", sent))).status_code == 200


@pytest.mark.parametrize("sent", ["ab", "a\u3000b", "a\u00a0b", "a\x85b"])
async def test_folds_nothing_but_spaces(send: Send, sent: str) -> None:
    assert_refused(await send(signed(headers=(("x-note", "a b"),)).with_header("x-note", sent)), MISMATCH)


async def test_joins_a_repeated_header_in_the_order_of_the_wire(send: Send) -> None:
    request = signed(headers=(("x-note", "1"), ("x-note", "2")))
    assert (await send(request)).status_code == 200
    assert (await send(request.with_header("x-note", "1,2"))).status_code == 200
    assert_refused(await send(request.with_header("x-note", "2,1")), MISMATCH)


async def test_takes_a_value_in_utf8_but_no_other_bytes(send: Send) -> None:
    request = signed(headers=(("x-note", "café"),))
    assert (await send(request)).status_code == 200
    assert_refused(await send(request.with_header("x-note", "café".encode("latin-1"))), MISMATCH)


async def test_takes_the_date_of_a_date_header_where_x_amz_date_is_missing(send: Send) -> None:
    request = signed(headers=(("date", ""),))  # botocore then signs Date in its place
    assert "x-amz-date" not in dict(request.headers)
    assert (await send(request)).status_code == 200
    assert_refused(await send(request.with_header("date", "Mon, 23 Nov 2026 06:00:01 GMT")), MISMATCH)


async def test_takes_the_host_of_the_function_url(send: Send) -> None:
    host = "local0function0url0of0this0machn.lambda-url.ap-northeast-1.on.aws"
    request = signed(headers=(("host", host),))
    assert (await send(request)).status_code == 200
    assert_refused(await send(request.with_header("host", HOST)), MISMATCH)
