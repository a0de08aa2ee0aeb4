"""The web app's answer as a Lambda response, as the Lambda Web Adapter 1.0.0-rc1 was seen to make it."""

from base64 import b64encode
from typing import Any

import httpx
import pytest

from local_aws.errors import FunctionError
from local_aws.function.adapter import lambda_response, pass_through_payload


def response_of(body: bytes = b"", *headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return lambda_response(httpx.Response(status, headers=list(headers)), body)


def typed(content_type: str, body: bytes, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return response_of(body, (b"content-type", content_type.encode()), *headers)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/event-stream",
        "application/json",
        "application/json; charset=utf-8",
        "application/javascript",
        "application/xml",
        "application/yaml",
        "application/jsonp",
        "application/problem+json; charset=utf-8",
        "image/svg+xml",
        "application/x+yaml",
    ],
)
def test_an_answer_of_a_text_type_travels_as_text(content_type: str) -> None:
    response = typed(content_type, "あ".encode())
    assert (response["body"], response["isBase64Encoded"]) == ("あ", False)


@pytest.mark.parametrize(
    "content_type",
    ["application/octet-stream", "image/png", "application/x-ndjson", "TEXT/PLAIN", "application/x+jsonl", ""],
)
def test_an_answer_of_any_other_type_travels_as_base64(content_type: str) -> None:
    response = typed(content_type, b"a")
    assert (response["body"], response["isBase64Encoded"]) == ("YQ==", True)


def test_an_answer_of_no_type_travels_as_text() -> None:
    assert response_of(b"a") == {"statusCode": 200, "headers": {}, "cookies": [], "body": "a", "isBase64Encoded": False}


@pytest.mark.parametrize("encoding", [b"gzip", b"identity"])
def test_an_encoded_answer_travels_as_base64_undecoded(encoding: bytes) -> None:
    response = typed("application/json", b"\x1f\x8b", (b"content-encoding", encoding))
    assert (response["body"], response["isBase64Encoded"]) == (b64encode(b"\x1f\x8b").decode(), True)


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("utf-8", b"\xe9a", "\N{REPLACEMENT CHARACTER}a"),
        ("utf-8", b"\xef\xbb\xbfa", "a"),
        ("iso-8859-1", b"\xe9", "é"),
        ('"iso-8859-1"', b"\xe9", "é"),
        ("Shift_JIS", "あ".encode("shift_jis"), "あ"),
        ("utf-16", "あ".encode("utf-16-le"), "あ"),
        ("hex", b"6162", "6162"),
        ("no-such-charset", b"a", "a"),
        ("a\0b", b"a", "a"),
    ],
)
def test_decodes_a_text_by_its_charset(charset: str, body: bytes, text: str) -> None:
    """So the caller gets UTF-8 under the name of that charset: the adapter leaves the Content-Type as it is."""
    response = typed(f"text/plain; charset={charset}", body)
    assert (response["body"], response["headers"]["content-type"]) == (text, f"text/plain; charset={charset}")


@pytest.mark.parametrize(
    ("content_type", "is_base64"), [("text/plain", False), ("application/json", False), ("image/png", True)]
)
def test_an_empty_answer_keeps_the_kind_of_its_type(content_type: str, is_base64: bool) -> None:
    response = typed(content_type, b"")
    assert (response["body"], response["isBase64Encoded"]) == ("", is_base64)


def test_of_a_repeated_header_the_first_counts_but_every_cookie() -> None:
    response = response_of(
        b"", (b"x-a", b"1"), (b"X-A", b"2"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), status=404
    )
    assert response["statusCode"] == 404
    assert response["headers"] == {"x-a": "1"}
    assert response["cookies"] == ["a=1", "b=2"]


def test_drops_the_transfer_encoding_and_keeps_date_and_server() -> None:
    headers = (b"transfer-encoding", b"chunked"), (b"date", b"x"), (b"server", b"uvicorn"), (b"connection", b"close")
    assert response_of(b"", *headers)["headers"] == {"date": "x", "server": "uvicorn", "connection": "close"}


def test_loses_a_cookie_that_is_no_ascii() -> None:
    assert response_of(b"", (b"set-cookie", "a=é".encode()), (b"set-cookie", b"b=2"))["cookies"] == ["", "b=2"]


def test_gives_up_at_a_header_that_is_no_utf8() -> None:
    assert response_of(b"", (b"x-a", "é".encode()))["headers"] == {"x-a": "é"}
    with pytest.raises(FunctionError, match=r"^the web app's header x-a isn't UTF-8"):
        response_of(b"", (b"x-a", b"\xe9"))


@pytest.mark.parametrize(
    ("content_type", "body", "payload"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("text/plain", b"7", 7),
        (None, b"[1]", [1]),
        ("application/octet-stream", b"{}", None),
        ("application/json", b"{", None),
        ("application/json", b"NaN", None),
        ("application/json", b'"\\ud800"', None),
        ("application/json", b"", None),
        ("application/json", b"[" * 100_000, None),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_the_payload_of_a_passed_event_is_the_answers_json(content_type: str | None, body: bytes, payload: Any) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    assert pass_through_payload(httpx.Response(500, headers=headers), body) == payload
