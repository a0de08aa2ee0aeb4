"""Temporary credentials: the session token belongs to its key, and ends."""

import logging
from pathlib import Path

import pytest

from tests.local_aws.answers import EXPIRED_TOKEN, INVALID_TOKEN, MISMATCH, assert_refused
from tests.local_aws.asgi import Edit, Send
from tests.local_aws.signing import Request, signed

pytestmark = pytest.mark.anyio

TOKEN = "local-session-token-not-a-real-one"
HEADER = "x-amz-security-token"


def temporary() -> Request:
    return signed(by="temporary-caller", token=TOKEN)


async def test_takes_temporary_credentials_with_their_token(send: Send) -> None:
    assert (await send(temporary())).status_code == 200


async def test_takes_a_token_that_nobody_signed(send: Send) -> None:
    """Some signers add the token last. UNVERIFIED (session-token-unsigned): that a Function URL takes it."""
    assert (await send(signed(by="temporary-caller").with_header(HEADER, TOKEN))).status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        signed(by="temporary-caller"),
        signed(by="temporary-caller", token="another-token"),
        signed(by="edge-caller", token=TOKEN),
        signed(by="edge-caller").with_header(HEADER, ""),
        signed(by="temporary-caller").with_header(HEADER, b"\xff"),
        signed(by="temporary-caller").with_header(HEADER, TOKEN + ",x"),
    ],
    ids=["missing", "another", "with a permanent key", "empty with a permanent key", "no text", "two"],
)
async def test_refuses_a_token_that_does_not_belong_to_the_key(send: Send, request_: Request) -> None:
    assert_refused(await send(request_), INVALID_TOKEN)


async def test_refuses_a_signed_token_that_was_changed(send: Send) -> None:
    assert_refused(await send(temporary().with_header(HEADER, "another")), MISMATCH)


async def test_refuses_a_signed_token_that_was_taken_away(send: Send) -> None:
    assert_refused(await send(temporary().without(HEADER)), MISMATCH)


async def test_takes_a_token_until_its_last_second_and_not_longer(
    send: Send, callers_file: Path, edit: Edit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "local_aws")
    edit(callers_file, "2099-12-31T00:00:00Z", "2026-11-23T06:00:01Z")
    assert (await send(temporary())).status_code == 200
    edit(callers_file, "2026-11-23T06:00:01Z", "2026-11-23T06:00:00Z")
    assert_refused(await send(temporary()), EXPIRED_TOKEN)
    assert "The session token of temporary-caller expired at 20261123T060000Z" in caplog.text


async def test_names_a_wrong_signature_before_an_expired_token(send: Send, callers_file: Path, edit: Edit) -> None:
    edit(callers_file, "2099-12-31", "2020-12-31")
    assert_refused(await send(temporary().but(method="PUT")), MISMATCH)
    assert_refused(await send(temporary()), EXPIRED_TOKEN)
