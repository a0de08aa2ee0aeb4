"""The prelude of a streamed response: as the adapter makes it, and read again from whatever pieces it comes in."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from local_aws.errors import FunctionError
from local_aws.function.streaming import BROKE_OFF, MAX_PRELUDE_BYTES, limited, parsed, prelude_bytes, prelude_of

pytestmark = pytest.mark.anyio

TYPE = {"content-type": "application/octet-stream"}


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def response(status: int, *headers: tuple[bytes, bytes]) -> httpx.Response:
    return httpx.Response(status, headers=list(headers))


def test_the_prelude_is_that_of_the_adapter() -> None:
    made = prelude_of(
        response(
            201,
            (b"Content-Type", b"text/plain"),
            (b"x-many", b"1"),
            (b"X-One", b"1"),
            (b"x-many", b"2"),
            (b"Set-Cookie", b"a=1; Path=/"),
            (b"set-cookie", b"b=2; Secure"),
        )
    )
    assert made == {
        "statusCode": 201,
        "headers": {"content-type": "text/plain", "x-many": ["1", "2"], "x-one": "1"},
        "cookies": ["a=1; Path=/", "b=2; Secure"],
    }


@pytest.mark.parametrize("status", [200, 204, 302, 304])
def test_a_response_without_a_type_is_an_octet_stream(status: int) -> None:
    assert prelude_of(response(status))["headers"] == TYPE


def test_the_length_stays_and_the_transfer_encoding_goes() -> None:
    made = prelude_of(response(200, (b"content-length", b"100"), (b"transfer-encoding", b"chunked")))
    assert made["headers"] == TYPE | {"content-length": "100"}


@pytest.mark.parametrize("value", ["é".encode(), b"\xe9", b"\x01", b"\x7f"])
def test_a_header_that_is_not_ascii_is_lost(value: bytes) -> None:
    assert prelude_of(response(200, (b"x-lost", value)))["headers"]["x-lost"] == []
    assert prelude_of(response(200, (b"x-lost", value), (b"x-lost", b"kept")))["headers"]["x-lost"] == ["kept"]


def test_a_cookie_in_latin_1_has_the_replacement_character() -> None:
    made = prelude_of(response(200, (b"set-cookie", b"a=\xe9"), (b"set-cookie", "b=é".encode())))
    assert made["cookies"] == ["a=\ufffd", "b=é"]


def test_the_text_of_a_broken_stream_is_as_long_as_the_adapters() -> None:
    assert len(BROKE_OFF) == 143


@pytest.mark.parametrize("size", [1, 7, 8, 9, 1000])
@pytest.mark.parametrize("body", [b"", b"body", bytes(16) + b"after NULs"])
async def test_reads_prelude_and_body_from_pieces_of_any_size(size: int, body: bytes) -> None:
    prelude = {"statusCode": 200, "headers": {"x": "あ"}, "cookies": []}
    sent = prelude_bytes(prelude) + body
    streamed = await parsed(pieces_of(*(sent[at : at + size] for at in range(0, len(sent), size))))
    assert streamed.prelude == prelude
    assert b"".join([piece async for piece in streamed.body]) == body


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"", "must have a JSON prelude and eight NULs"),
        (json.dumps({"errorType": "Runtime.ExitError"}).encode(), "Runtime.ExitError"),
        (b"{" + bytes(8), "isn't JSON"),
        (b"\xff" + bytes(8), "isn't JSON"),
        (b"{}" + bytes(7), "must have a JSON prelude"),
    ],
)
async def test_rejects_a_response_that_has_no_prelude(sent: bytes, says: str) -> None:
    with pytest.raises(FunctionError, match=says):
        await parsed(pieces_of(sent))


async def test_stops_reading_a_prelude_that_never_ends() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    with pytest.raises(FunctionError, match=f"no prelude within {MAX_PRELUDE_BYTES} bytes"):
        await parsed(endless())


async def test_a_stream_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_aws.function.streaming.MAX_STREAM_BYTES", 8)
    body = limited(pieces_of(b"1234", b"5678", b"9"))
    assert [await anext(body), await anext(body)] == [b"1234", b"5678"]
    with pytest.raises(FunctionError, match="larger than 8 bytes"):
        await anext(body)
