from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_caller.signer.target import find_ambiguity, unambiguous_query


@pytest.mark.parametrize(
    ("query", "rewritten"),
    [
        ("a+b=c+d", "a%20b=c%20d"),
        ("a=%2f%Af%aF", "a=%2F%AF%AF"),
        ("a=1&&b", "a=1&b"),
        ("&a=1", "a=1"),
        ("a=1&", "a=1"),
        ("&&&", ""),
        ("a=100%", "a=100%25"),
        ("a=%zz%4", "a=%25zz%254"),
        ("a=%%41", "a=%25%41"),
    ],
)
def test_rewrites_an_ambiguous_query(query: str, rewritten: str) -> None:
    assert unambiguous_query(query) == rewritten


@pytest.mark.parametrize(
    "query", ["", "q=hello", "b=2&a=1", "a=/:@!$'()*,;?", "flag", "=", "a=b=c", "a=%2F%41", "a=%FF"]
)
def test_leaves_an_unambiguous_query(query: str) -> None:
    assert unambiguous_query(query) == query


@given(st.text("ab+&=%2fFz", max_size=20))
def test_keeps_names_values_and_order(query: str) -> None:
    rewritten = unambiguous_query(query)
    assert not find_ambiguity(rewritten)
    before, after = (parse_qsl(text, keep_blank_values=True, encoding="latin-1") for text in (query, rewritten))
    assert before == after
