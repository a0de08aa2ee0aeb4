"""What a function returns, as HTTP; and that nothing it returns can be more than a 502."""

from typing import Any

import pytest

from local_aws.errors import FunctionError
from local_aws.function.payload import payload_bytes
from local_aws.function.response import response_from

JSON = (b"content-type", b"application/json")


def headers_of(**answer: Any) -> list[tuple[bytes, bytes]]:
    return response_from({"statusCode": 200, **answer}).headers


def test_maps_status_headers_cookies_and_body() -> None:
    response = response_from(
        {
            "statusCode": 201,
            "headers": {"X-Note": "a", "Content-Type": "text/plain"},
            "cookies": ["a=1", "b=2"],
            "body": "あ",
        }
    )
    assert response.status == 201
    assert response.headers == [
        (b"content-type", b"text/plain"),
        (b"x-note", b"a"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    ]
    assert response.body == "あ".encode()


@pytest.mark.parametrize("status", [200, 204, 304, 404, 500, 599, "200", "418"], ids=repr)
def test_takes_a_status_as_a_number_or_its_digits(status: int | str) -> None:
    assert response_from({"statusCode": status}).status == int(status)


def test_a_response_of_a_status_alone_is_empty_json() -> None:
    for empty in ({}, {"headers": None, "cookies": None, "body": None, "isBase64Encoded": None}, {"body": ""}):
        response = response_from({"statusCode": 200, **empty})
        assert (response.headers, response.body) == ([JSON], b"")


def test_decodes_a_base64_body() -> None:
    response = response_from({"statusCode": 200, "body": "/wA=", "isBase64Encoded": True})
    assert response.body == b"\xff\0"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ({"Hello": "World"}, b'{"Hello":"World"}'),
        ({"body": "a"}, b'{"body":"a"}'),
        ([1, "あ"], '[1,"あ"]'.encode()),
        (5, b"5"),
        (None, b"null"),
        (True, b"true"),
        ({}, b"{}"),
        ("plain, without quotes", b"plain, without quotes"),
        ("", b""),
    ],
    ids=repr,
)
def test_whatever_has_no_status_code_is_a_body(answer: Any, body: bytes) -> None:
    response = response_from(answer)
    assert (response.status, response.headers, response.body) == (200, [JSON], body)


@pytest.mark.parametrize(
    ("value", "sent"),
    [("a", b"a"), (5, b"5"), (1.5, b"1.5"), (True, b"true"), ("", b""), (" a\t", b"a"), ("a\tb", b"a\tb")],
)
def test_takes_a_header_as_text_number_or_boolean(value: Any, sent: bytes) -> None:
    assert headers_of(headers={"x-a": value}) == [JSON, (b"x-a", sent)]


def test_of_names_that_differ_in_case_the_last_counts() -> None:
    assert headers_of(headers={"X-A": "1", "x-a": "2", "CONTENT-TYPE": "text/html"}) == [
        (b"content-type", b"text/html"),
        (b"x-a", b"2"),
    ]


def test_keeps_a_set_cookie_header_beside_the_cookies() -> None:
    assert headers_of(headers={"set-cookie": "a=1"}, cookies=["b=2"])[1:] == [
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    ]


@pytest.mark.parametrize(
    "name", ["Connection", "Content-Length", "Date", "Server", "WWW-Authenticate", "x-amzn-RequestId"]
)
def test_renames_the_headers_that_are_awss_own(name: str) -> None:
    assert headers_of(headers={name: "5"}) == [JSON, (b"x-amzn-remapped-" + name.lower().encode(), b"5")]


@pytest.mark.parametrize("name", ["Transfer-Encoding", "Keep-Alive", "Upgrade", "TE", "Trailer"])
def test_drops_the_headers_of_one_connection(name: str) -> None:
    assert headers_of(headers={name: "chunked"}) == [JSON]


NOT_A_STATUS: list[Any] = [True, None, 200.0, 200.5, float("inf"), float("nan"), [200], {}]
NOT_TEXT: list[Any] = [None, [], {}, ["a"], b"a"]


@pytest.mark.parametrize(
    "hostile",
    [
        *[
            {"statusCode": status}
            for status in (99, 100, 199, 600, 0, -200, 2000, "abc", "", " 200", "\uff12\uff10\uff10", "1e2")
        ],
        *[{"statusCode": status} for status in NOT_A_STATUS],
        *[{"headers": headers} for headers in ("x", 5, [1], [["a", "b"]], True)],
        *[{"headers": {name: "x"}} for name in ("", "a b", "a:b", "a\r\nb", "é", "a\0", 5.5j)],
        *[{"headers": {"x-a": value}} for value in NOT_TEXT],
        *[
            {"headers": {"x-a": value}}
            for value in ("a\r\nset-cookie: b", "a\nb", "a\0b", "é", "\ud800", "\x7f", "a\x1bb")
        ],
        *[{"cookies": cookies} for cookies in ("a=1", {"a": 1}, 5, True, [None], [["a"]], ["a\r\nb"], ["é"])],
        *[{"body": body} for body in (5, 0, True, False, [], ["a"], "\ud800", {"a": "\ud800"})],
        *[{"body": body, "isBase64Encoded": True} for body in ("a", "!!!!", "YQ", "YQ==\n", "é")],
    ],
    ids=ascii,
)
def test_refuses_what_is_no_lambda_response(hostile: dict[str, Any]) -> None:
    with pytest.raises(FunctionError, match=r"^the function didn't return a Lambda response: "):
        response_from({"statusCode": 200} | hostile)


@pytest.mark.parametrize("body", [{}, {"a": [1, "é"]}], ids=repr)
def test_serialises_an_object_in_the_bodys_place(body: dict[str, Any]) -> None:
    assert response_from({"statusCode": 201, "body": body}).body == payload_bytes(body)


@pytest.mark.parametrize("answer", ["\ud800", {"a": "\ud800"}, float("nan"), [float("inf")]], ids=ascii)
def test_refuses_what_is_no_json(answer: Any) -> None:
    with pytest.raises(FunctionError, match=r"^the function didn't return a Lambda response: "):
        response_from(answer)


def test_does_not_repeat_what_stands_in_a_header_or_body() -> None:
    for hostile in ({"headers": {"x-a": "hush\n"}}, {"cookies": ["hush\n"]}, {"body": ["hush"]}):
        with pytest.raises(FunctionError) as error:
            response_from({"statusCode": 200} | hostile)
        assert "hush" not in str(error.value)
