"""The target of a request: the path and query as they stand in its request line.

It parses no URL: that costs about as much as a signature, and could change what a visitor sent.
Source: httpx's documentation, "Extensions" (`target`: what is sent in place of the URL's path and query).
"""

import httpx

from edge_caller.signer.query import unambiguous


def request_target(request: httpx.Request) -> str:
    """What will be sent: the `target` among the request's extensions, else its URL's path and query."""
    target: bytes = request.extensions.get("target") or request.url.raw_path
    return target.decode("latin-1")  # the signer refuses what isn't ASCII


def unambiguous_target(request: httpx.Request) -> str:
    """The same, its query rewritten, in the request too, where it could be read in two ways."""
    path, mark, query = request_target(request).partition("?")
    rewritten = unambiguous(query)
    target = path + mark + rewritten
    if rewritten != query:
        if "target" in request.extensions:
            request.extensions["target"] = target.encode()
        else:
            request.url = request.url.copy_with(raw_path=target.encode())
    return target
