"""The first difference of two canonical requests, and invisible characters made visible."""

import pytest

from local_aws.why.comparison import first_difference, visible

AWS = "GET\n/a%2520b\na=2&z=1\nhost:a.example\nx-amz-date:20261125T000000Z\n\nhost;x-amz-date\n" + "e" * 64


@pytest.mark.parametrize(
    ("signer", "line", "part", "column", "aws", "theirs"),
    [
        (AWS.replace("GET", "POST"), 1, "method", 1, "U+0047 LATIN CAPITAL LETTER G", "U+0050 LATIN CAPITAL LETTER P"),
        (AWS.replace("%2520", "%20"), 2, "uri", 5, "U+0035 DIGIT FIVE", "U+0030 DIGIT ZERO"),
        (AWS.replace("a=2&z=1", "a=2"), 3, "query", 4, "U+0026 AMPERSAND", None),
        (AWS.replace("a=2&z=1", "a=2&z=1\u200b"), 3, "query", 8, None, "U+200B ZERO WIDTH SPACE"),
        (AWS.replace("a.example", "\u0430.example"), 4, "header", 6, "U+0061 LATIN SMALL LETTER A",
         "U+0430 CYRILLIC SMALL LETTER A"),
        (AWS.replace("\n\nhost;", "\nhost;"), 6, "blank", 1, None,
         "U+0068 LATIN SMALL LETTER H"),
        (AWS.replace("host;x", "host,x"), 7, "signed_headers", 5, "U+003B SEMICOLON", "U+002C COMMA"),
        (AWS + "f", 8, "payload", 65, None, "U+0066 LATIN SMALL LETTER F"),
        (AWS + "\n", 9, "payload", 1, None, None),
        (AWS[:5], 2, "uri", 2, "U+0061 LATIN SMALL LETTER A", None),
    ],
)  # fmt: skip
def test_names_the_first_difference(
    signer: str, line: int, part: str, column: int, aws: str | None, theirs: str | None
) -> None:
    difference = first_difference(AWS, signer)
    assert difference is not None
    assert (difference.line, difference.part, difference.column) == (line, part, column)
    assert (difference.aws_code_point, difference.signer_code_point) == (aws, theirs)


def test_finds_none_between_equals() -> None:
    assert first_difference(AWS, AWS) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b", "a b"),
        ("a ", "a<U+0020>"),
        ("a\u00a0b\tc\r", "a<U+00A0>b<U+0009>c<U+000D>"),
        ("e\u0301 日本", "e<U+0301> 日本"),
        (b"\xff".decode("utf-8", "surrogateescape"), "<byte 0xFF>"),
    ],
)
def test_shows_what_a_terminal_hides(text: str, shown: str) -> None:
    assert visible(text) == shown
