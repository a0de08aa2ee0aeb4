"""`curl -v`: the lines with `>` and `<`, or the HTTP/2 lines, and the answer's body between them.

curl doesn't show the request's body. It prints one block per request, so a redirect makes several.
"""

import re
from collections.abc import Iterator

from local_aws.why.pastes.answer import answer_of
from local_aws.why.pastes.raw_http import METHOD, header_lines, request_of
from local_aws.why.pastes.record import Exchange, Paste, PastedRequest

REQUEST_LINE = re.compile(rf"> ({METHOD}) (\S+)")
STATUS_LINE = re.compile(r"< HTTP/\S+ (\d{3})\b")
# curl 7 writes `h2h3 [name: value]`, curl 8 `[HTTP/2] [1] [name: value]`.
HTTP_2_LINE = re.compile(r"\* (?:h2h3|\[HTTP/[23]\] \[\d+\]) \[(:?[\w!#$%&'*+.^`|~-]+): (.*)\]")
NOISE = re.compile(r"\* .*|[{}] \[\d+ bytes data\]|\* ?")
BLOCK = re.compile(r"(?:[<>] .*|[<>])")


def read(text: str) -> Paste | None:
    lines = [line.rstrip("\r") for line in text.split("\n")]
    exchanges: list[Exchange] = []
    for mark, block, rest in blocks(lines):
        if mark == ">" and (request := request_in(block)):
            exchanges.append(Exchange(request))
        elif mark == "<" and (status := STATUS_LINE.match(block[0])) and not status[1].startswith("1"):
            request_before = exchanges.pop().request if exchanges and exchanges[-1].answer is None else None
            headers = header_lines([line[2:] for line in block[1:]])
            exchanges.append(Exchange(request_before, answer_of(int(status[1]), tuple(headers), body_in(rest))))
    if not exchanges and (only := http_2_request(lines)):
        exchanges.append(Exchange(only))
    return Paste("curl-verbose", tuple(exchanges)) if any(exchange.request for exchange in exchanges) else None


def blocks(lines: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each run of lines with the same mark, and the unmarked lines that follow it."""
    index = 0
    while index < len(lines):
        mark = lines[index][:1]
        if not BLOCK.fullmatch(lines[index]):
            index += 1
            continue
        end = index
        while end < len(lines) and lines[end][:1] == mark and BLOCK.fullmatch(lines[end]):
            end += 1
        after = end
        while after < len(lines) and not BLOCK.fullmatch(lines[after]):
            after += 1
        yield mark, lines[index:end], lines[end:after]
        index = end


def request_in(block: list[str]) -> PastedRequest | None:
    line = REQUEST_LINE.match(block[0])
    if not line:
        return None
    headers = tuple(header_lines([text[2:] for text in block[1:]]))
    request = request_of(line[1], line[2], headers, None)
    return request if request.sends_a_body else PastedRequest(request.method, request.target, request.headers, b"")


def http_2_request(lines: list[str]) -> PastedRequest | None:
    """The request from its pseudo headers, where the lines with `>` were cut off."""
    pairs = [(found[1], found[2]) for found in map(HTTP_2_LINE.fullmatch, lines) if found]
    pseudo = {name: value for name, value in pairs if name.startswith(":")}
    if ":path" not in pseudo:
        return None
    headers = [(name.lower(), value) for name, value in pairs if not name.startswith(":")]
    if ":authority" in pseudo:
        headers.insert(0, ("host", pseudo[":authority"]))
    request = PastedRequest(pseudo.get(":method"), pseudo[":path"], tuple(headers))
    return request if request.sends_a_body else PastedRequest(request.method, request.target, request.headers, b"")


def body_in(lines: list[str]) -> str:
    return "\n".join(line for line in lines if not NOISE.fullmatch(line))
