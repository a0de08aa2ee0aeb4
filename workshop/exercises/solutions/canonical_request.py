"""Exercise 1: create a canonical request, AWS's step 1. The solution."""

from hashlib import sha256
from urllib.parse import quote, unquote


def canonical_query_string(query: str) -> str:
    """Each name and value encoded in one way, and the pairs in one order, whatever the caller's was."""
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    encoded = [(encode(name), encode(value)) for name, _, value in pairs]
    encoded.sort()
    return "&".join(f"{name}={value}" for name, value in encoded)


def encode(text: str) -> str:
    return quote(unquote(text), safe="")


def canonical_request(method: str, target: str, headers: dict[str, str], payload: bytes) -> str:
    """`target` is the path and query as they are sent; the names of `headers` are in lower case."""
    path, _, query = target.partition("?")
    names = sorted(headers)
    lines = [
        method,
        quote(path, safe="/"),
        canonical_query_string(query),
        "".join(f"{name}:{headers[name]}\n" for name in names),
        ";".join(names),
        sha256(payload).hexdigest(),
    ]
    return "\n".join(lines)
