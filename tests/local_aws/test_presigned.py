"""Presigned URLs: the claim is in the query."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.local_aws.answers import INVALID_TOKEN, MISMATCH, assert_refused, incomplete_signature, invalid_signature
from tests.local_aws.asgi import FakeRuntime, Send
from tests.local_aws.signing import NOW, Request, signed

pytestmark = pytest.mark.anyio

TOKEN = "local-session-token-not-a-real-one"


def presigned(**options: object) -> Request:
    return signed("/items/42?q=hello", **{"expires": 60, **options})  # type: ignore[arg-type]


def changed(old: str, new: str) -> Request:
    request = presigned()
    assert old in request.target
    return request.but(target=request.target.replace(old, new))


async def test_takes_a_presigned_url(send: Send, runtime: FakeRuntime) -> None:
    assert (await send(presigned())).status_code == 200
    assert runtime.event["queryStringParameters"]["q"] == "hello"


async def test_takes_the_parameters_in_any_order(send: Send) -> None:
    request = presigned()
    path, _, query = request.target.partition("?")
    assert (await send(request.but(target=path + "?" + "&".join(reversed(query.split("&")))))).status_code == 200


async def test_takes_a_body_whose_hash_was_signed_and_no_other(send: Send) -> None:
    """botocore presigns without a body, so an empty one is right, and any other wrong."""
    assert_refused(await send(presigned(method="POST").but(body=b"x")), MISMATCH)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hello", "hellp"),
        ("/items/42", "/items/43"),
        ("&X-Amz-Expires=60", "&X-Amz-Expires=61"),
        ("T060000Z", "T060001Z"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("?q=hello", "?q=hello&r=1"),
    ],
)
async def test_refuses_a_presigned_url_that_was_changed(send: Send, old: str, new: str) -> None:
    assert_refused(await send(changed(old, new)), MISMATCH)


async def test_refuses_a_second_signature_in_the_query_of_a_signed_request(send: Send) -> None:
    """Where the header signs, a parameter of that name is one like any other, and must have been signed."""
    assert (await send(signed("/?X-Amz-Signature=1"))).status_code == 200
    assert_refused(await send(signed("/?X-Amz-Signature=1").but(target="/?X-Amz-Signature=2")), MISMATCH)


@pytest.mark.parametrize(("seconds", "status"), [(-300, 200), (-301, 403), (300, 200), (301, 403)])
async def test_takes_it_for_five_minutes_whatever_it_says_itself(send: Send, seconds: int, status: int) -> None:
    assert (await send(presigned(at=NOW + timedelta(seconds=seconds)))).status_code == status


async def test_says_when_it_expired(send: Send) -> None:
    message = "Signature expired: 20261123T055459Z is now earlier than 20261123T055500Z (20261123T060000Z - 5 min.)"
    request = presigned(expires=3600, at=NOW - timedelta(seconds=301))
    assert_refused(await send(request), invalid_signature(message))


@pytest.mark.parametrize("expires", ["0", "-1", "604801", "1e3", "", "x", "9" * 400])
async def test_refuses_an_expiry_that_is_none(send: Send, expires: str) -> None:
    response = await send(changed("X-Amz-Expires=60", f"X-Amz-Expires={expires}"))
    assert (response.status_code, response.headers["x-amzn-errortype"]) == (403, "IncompleteSignatureException")
    assert "X-Amz-Expires" in response.json()["message"]


async def test_takes_the_longest_expiry(send: Send) -> None:
    assert (await send(presigned(expires=604_800, at=NOW))).status_code == 200


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires"])
async def test_names_a_missing_parameter(send: Send, name: str) -> None:
    message = f"AWS query-string parameters must include 'X-Amz-{name}'. Re-examine the query-string parameters."
    assert_refused(await send(changed(f"X-Amz-{name}=", f"X-Amz-No{name}=")), incomplete_signature(message))


async def test_takes_temporary_credentials_with_their_token_and_not_without(send: Send) -> None:
    request = presigned(by="temporary-caller", token=TOKEN)
    assert (await send(request)).status_code == 200
    assert_refused(await send(request.but(target=request.target.replace(TOKEN, "another"))), MISMATCH)
    assert_refused(await send(presigned(by="temporary-caller")), INVALID_TOKEN)


async def test_checks_the_scope_as_with_a_header(send: Send) -> None:
    message = "Credential should be scoped to a valid region, not 'us-east-1'. "
    old, new = quote("/ap-northeast-1/", safe=""), quote("/us-east-1/", safe="")
    assert_refused(await send(changed(old, new)), invalid_signature(message))


async def test_the_wrong_header_does_not_hide_behind_the_right_query(send: Send) -> None:
    request = presigned()
    request = request.with_header("authorization", signed()["authorization"]).with_header(
        "x-amz-date", "20261123T060000Z"
    )
    assert_refused(await send(request), MISMATCH)


async def test_another_kind_of_authorization_header_leaves_the_query_to_sign(send: Send) -> None:
    assert (await send(presigned().with_header("authorization", "Bearer of-the-app"))).status_code == 200
