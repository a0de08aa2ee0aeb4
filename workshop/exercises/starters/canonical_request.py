"""Exercise 1: create a canonical request, AWS's step 1. Check yours with: make chapter-03"""

from hashlib import sha256
from urllib.parse import quote, unquote


def canonical_query_string(query: str) -> str:
    """Each name and value encoded in one way, and the pairs in one order, whatever the caller's was."""
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    encoded = [(encode(name), encode(value)) for name, _, value in pairs]
    # GAP: the pairs still stand in the caller's order.
    return "&".join(f"{name}={value}" for name, value in encoded)


def encode(text: str) -> str:
    return quote(unquote(text), safe="")


def canonical_request(method: str, target: str, headers: dict[str, str], payload: bytes) -> str:
    """`target` is the path and query as they are sent; the names of `headers` are in lower case."""
    path, _, query = target.partition("?")
    names = sorted(headers)
    lines = [
        method,
        path,  # GAP: encoded once more, with quote(path, safe="/").
        canonical_query_string(query),
        "",  # GAP: one text with a line "name:value\n" for each of the names.
        str(names),  # GAP: the names, joined by ";".
        sha256(payload).hexdigest(),
    ]
    return "\n".join(lines)
