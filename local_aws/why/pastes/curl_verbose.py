"""`curl -v`: the lines with `>` and `<`, or the HTTP/2 lines, and the answer's body between them.

curl doesn't show the request's body. It prints one block per request, so a redirect makes several.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from local_aws.why.pastes import raw_http
from local_aws.why.pastes.record import Exchange, Paste, PastedRequest, with_host

# curl 7 writes `h2h3 [name: value]`, curl 8 `[HTTP/2] [1] [name: value]`.
HTTP_2_LINE = re.compile(r"\* (?:h2h3|\[HTTP/[23]\] \[\d+\]) \[(:?[\w!#$%&'*+.^`|~-]+): (.*)\]")
NOISE = re.compile(r"\* .*|[{}] \[\d+ bytes data\]|\* ?")
MARKED = re.compile(r"[<>](?: .*)?")


def read(text: str) -> Paste | None:
    """The same exchanges written as raw HTTP, then read as such."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    raw = raw_http.read("\n".join(unmarked(lines)))
    exchanges = raw.exchanges if raw else http_2_exchanges(lines)
    return Paste("curl-verbose", tuple(map(without_body, exchanges))) if exchanges else None


def unmarked(lines: list[str]) -> Iterator[str]:
    """The lines of the requests, the answers and the answers' bodies, without their marks."""
    mark = ""
    for line in lines:
        if MARKED.fullmatch(line):
            mark = line[0]
            yield line[2:]
        elif mark == "<" and not NOISE.fullmatch(line):
            yield line


def http_2_exchanges(lines: list[str]) -> tuple[Exchange, ...]:
    """The request from its pseudo headers, where the lines with `>` were cut off."""
    pairs = [(found[1].lower(), found[2]) for found in map(HTTP_2_LINE.fullmatch, lines) if found]
    pseudo = {name: value for name, value in pairs if name.startswith(":")}
    if ":path" not in pseudo:
        return ()
    headers = tuple(pair for pair in pairs if not pair[0].startswith(":"))
    if ":authority" in pseudo:
        headers = with_host(headers, pseudo[":authority"])
    return (Exchange(PastedRequest(pseudo.get(":method"), pseudo[":path"], headers)),)


def without_body(exchange: Exchange) -> Exchange:
    request = exchange.request
    if request is None:
        return exchange
    return replace(exchange, request=replace(request, body=None if request.sends_a_body else b""))
