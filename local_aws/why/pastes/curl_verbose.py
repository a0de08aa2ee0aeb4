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
STARTS = {"> ": re.compile(rf"({raw_http.METHOD}) (\S+)(?: HTTP/\S+)?[ \t]*"), "< ": raw_http.STATUS_LINE}


def read(text: str) -> Paste | None:
    lines = [line.rstrip("\r") for line in text.split("\n")]
    exchanges = raw_http.exchanges_of(parts(lines))
    if not any(exchange.request for exchange in exchanges):
        exchanges = http_2_exchanges(lines)
    return Paste("curl-verbose", tuple(map(without_body, exchanges))) if exchanges else None


def parts(lines: list[str]) -> Iterator[tuple[re.Match[str], str]]:
    """Each request line and status line, with the text of its headers and body.

    Only a line with a mark starts a part: a body may hold such lines too, and `-i` prints the answer's headers again.
    """
    starts = [(index, start) for index, line in enumerate(lines) if (start := start_in(line))]
    ends = [*(index for index, _ in starts), len(lines)][1:]
    for (index, start), end in zip(starts, ends, strict=True):
        after = lines[index + 1 : end]
        headers = [line[2:] for line in after if MARKED.fullmatch(line) and line[0] == lines[index][0]]
        body = [line for line in after if not MARKED.fullmatch(line) and not NOISE.fullmatch(line)]
        yield start, "\n".join([*headers, "", *body])


def start_in(line: str) -> re.Match[str] | None:
    pattern = STARTS.get(line[:2])
    return pattern.fullmatch(line[2:]) if pattern else None


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
