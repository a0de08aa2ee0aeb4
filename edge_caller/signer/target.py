"""The target of a request: the path and query in its request line, in one reading only.

It parses no URL: parsing costs about as much as signing, and could change what the client sent.
"""

import re

import httpx

# A `+` (a space or a plus), lower-case or broken escapes, empty pairs.
find_ambiguity = re.compile(r"\+|%(?![0-9A-F]{2})|^&|&(?=&|$)").search


def request_target(request: httpx.Request) -> str:
    """The target that will be sent: httpx's `target` extension, else the URL's path and query."""
    target: bytes = request.extensions.get("target") or request.url.raw_path
    return target.decode("latin-1")  # the signer rejects what isn't ASCII


def make_query_unambiguous(request: httpx.Request) -> None:
    """Rewrites the query of the request where two readers could read it differently."""
    path, mark, query = request_target(request).partition("?")
    rewritten = unambiguous_query(query)
    if rewritten != query:
        target = (path + mark + rewritten).encode("latin-1")
        if "target" in request.extensions:
            request.extensions["target"] = target
        else:
            request.url = request.url.copy_with(raw_path=target)


def unambiguous_query(query: str) -> str:
    """`a+b&&c=%2f` becomes `a%20b&c=%2F`. Names, values and order stay the same.

    A `+` is a space, as in an HTML form; a `%` that starts no escape becomes `%25`.
    """
    if not find_ambiguity(query):
        return query
    query = query.replace("+", "%20")
    query = re.sub("%[0-9A-Fa-f]{2}", lambda escape: escape[0].upper(), query)
    query = re.sub("%(?![0-9A-F]{2})", "%25", query)
    return "&".join(pair for pair in query.split("&") if pair)
