"""What is kept of a request: enough to explain it, bounded, and without a secret."""

from dataclasses import replace

import pytest

from local_aws.inspector.history import MAX_BYTES, MAX_REQUESTS, History
from local_aws.inspector.kept import MAX_BODY_BYTES
from tests.local_aws.inspector.conftest import Stack
from tests.local_aws.signing import CALLERS, Request, signed

pytestmark = pytest.mark.anyio

TOKEN = CALLERS["temporary-caller"].session_token or ""
SECRETS = [
    secret for caller in CALLERS.values() for secret in (caller.secret_access_key, caller.session_token) if secret
]


def temporary(**options: object) -> Request:
    return signed("/whoami", by="temporary-caller", token=TOKEN, **options)  # type: ignore[arg-type]


REQUESTS = {
    "a good call": signed("/items/42?q=hello"),
    "a temporary key": temporary(),
    "a temporary key, changed after signing": temporary().but(target="/whoamj"),
    "a presigned URL": temporary(expires=60),
    "a presigned URL, changed after signing": temporary(expires=60).but(method="POST"),
    "the token of another key": temporary().with_header("x-amz-security-token", "a-token-that-nobody-knows-0123456789"),
    "the secret as the access key ID": signed().with_authorization(
        CALLERS["edge-caller"].access_key_id, CALLERS["edge-caller"].secret_access_key
    ),
    "a bearer token and a cookie": Request(
        "GET",
        "/",
        (("host", b"x"), ("authorization", b"Bearer of-nobody-else-77"), ("cookie", b"a=1; id=cookie-of-you")),
    ),
}
OTHERS = ["a-token-that-nobody-knows-0123456789", "of-nobody-else-77", "id=cookie-of-you"]


@pytest.mark.parametrize("name", REQUESTS)
async def test_no_secret_token_or_whole_signature_is_kept_shown_copied_or_saved(stack: Stack, name: str) -> None:
    request = REQUESTS[name]
    kept = await stack.kept(request)
    values = dict(request.headers)
    whole = [
        part.split("=")[1] for part in values.get("authorization", b"").decode().split(", ") if "Signature" in part
    ]
    whole += [part.split("=")[1] for part in request.target.split("&") if part.startswith("X-Amz-Signature")]
    texts = [repr(vars(kept)), await stack.text("/"), await stack.text(f"/r/{kept.request_id}")]
    texts += [await stack.text(f"/r/{kept.request_id}/case"), await stack.text(f"/r/{kept.request_id}?lang=ja")]
    for secret in [*SECRETS, *OTHERS, *whole]:
        assert not [text for text in texts if secret in text]
    if whole:
        assert f"{whole[0][:8]}..." in texts[0]


async def test_the_saved_case_names_no_account_url_or_signature(stack: Stack) -> None:
    stack.runtime.answer = {"statusCode": 200, "body": "arn:aws:lambda:x:123456789012:function:y"}
    kept = await stack.kept(signed())
    case = await stack.text(f"/r/{kept.request_id}/case")
    assert "Signature=<signature>" in case
    assert "arn:aws:lambda:x:<account>:function:y" in case
    assert "123456789012" not in case


async def test_keeps_64_kib_of_a_body(stack: Stack) -> None:
    kept = await stack.kept(signed(method="POST", body=b"x" * 1_000_000))
    assert (len(kept.body), kept.body_bytes, kept.body_is_whole) == (MAX_BODY_BYTES, 1_000_000, False)
    assert len(kept.event) < 2 * MAX_BODY_BYTES + 10
    assert kept.size < 400_000


async def test_keeps_the_first_digits_of_a_body_that_is_not_text(stack: Stack) -> None:
    kept = await stack.kept(signed(method="POST", body=b"\xff\x00"))
    assert (kept.body, kept.body_is_text) == ("ff 00", False)


async def test_a_known_mistake_keeps_what_was_signed(stack: Stack) -> None:
    kept = await stack.kept(signed("/a%20b").but(target="/a%20b?later=1"))
    assert kept.signing
    assert kept.signing.came
    assert kept.signing.came.query == "later=1"


async def test_forgets_the_oldest_of_more_than_200_requests(stack: Stack) -> None:
    history, kept = History(), await stack.kept(signed())
    for number in range(MAX_REQUESTS + 5):
        history.put(replace(kept, request_id=str(number)))
    assert len(history.newest()) == MAX_REQUESTS
    assert history.get("4") is None
    assert history.newest()[0].request_id == "204"


async def test_forgets_the_oldest_of_more_than_32_mib(stack: Stack) -> None:
    history, kept = History(), await stack.kept(signed())
    for number in range(100):
        history.put(replace(kept, request_id=str(number), body="x" * 1_000_000))
    assert len(history.newest()) == MAX_BYTES // (kept.size + 1_000_000)


async def test_an_update_keeps_its_place_and_gets_a_newer_version(stack: Stack) -> None:
    history, kept = History(), await stack.kept(signed())
    first, second = replace(kept, request_id="1"), replace(kept, request_id="2")
    history.put(first)
    history.put(second)
    history.put(replace(first, caller="found later"))
    assert [kept.request_id for kept in history.newest()] == ["2", "1"]
    assert [kept.caller for _, kept in history.newer(2)] == ["found later"]
