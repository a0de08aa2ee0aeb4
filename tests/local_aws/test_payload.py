"""JSON as Lambda carries it."""

from typing import Any

import pytest

from local_aws.function.payload import payload_bytes, payload_from


@pytest.mark.parametrize("value", [None, True, 0, -1.5, "", "あ\u2028\0", [], {"a": [1, {"b": None}]}], ids=repr)
def test_reads_what_it_writes(value: Any) -> None:
    assert payload_from(payload_bytes(value).decode()) == value


def test_writes_compact_utf8() -> None:
    assert payload_bytes({"a": [1, "あ"], "b": "😀"}) == '{"a":[1,"あ"],"b":"😀"}'.encode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("'a'", "Expecting value"),
        ("NaN", "not JSON compliant"),
        ("[Infinity]", "not JSON compliant"),
        ("1e999", "not JSON compliant"),
        ('"\\ud800"', "surrogates"),
        ('{"\\udc00": 1}', "surrogates"),
        ("\ufeff1", "BOM"),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=lambda text: ascii(text[:8]),
)
def test_refuses_what_is_no_json_even_where_python_takes_it(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        payload_from(text)


@pytest.mark.parametrize(
    ("value", "reason"),
    [(float("nan"), "not JSON compliant"), (float("inf"), "not JSON compliant"), ("\ud800", "surrogates")],
    ids=ascii,
)
def test_refuses_to_write_what_json_cannot_hold(value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        payload_bytes(value)


def test_refuses_to_write_what_is_nested_too_deeply() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(ValueError, match="nested too deeply"):
        payload_bytes(nested)
