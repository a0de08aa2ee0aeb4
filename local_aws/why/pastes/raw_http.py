"""Raw HTTP/1.1: request lines, headers and bodies as they go over the wire, and the answers after them."""

import re
from collections.abc import Iterable

from local_aws.received import bytes_of
from local_aws.why.pastes.answer import answer_of
from local_aws.why.pastes.record import Exchange, Headers, Paste, PastedRequest, request_to

METHOD = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS"
REQUEST_LINE = re.compile(rf"^({METHOD}) ([^\s]+)[ \t]+HTTP/\d(?:\.\d)?[ \t]*$", re.MULTILINE)
STATUS_LINE = re.compile(r"^HTTP/\d(?:\.\d)? (\d{3})\b.*$", re.MULTILINE)
HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)")


def read(text: str) -> Paste | None:
    """The exchanges of a paste that has a request line and headers."""
    starts = [*REQUEST_LINE.finditer(text), *STATUS_LINE.finditer(text)]
    starts.sort(key=re.Match.start)
    ends = [*(start.start() for start in starts), len(text)][1:]
    exchanges = exchanges_of((start, text[start.end() + 1 : end]) for start, end in zip(starts, ends, strict=True))
    if not any(exchange.request and exchange.request.headers for exchange in exchanges):
        return None
    return Paste("raw-http", exchanges)


def exchanges_of(parts: Iterable[tuple[re.Match[str], str]]) -> tuple[Exchange, ...]:
    """The exchanges of request lines and status lines, each with the text of its headers and body."""
    exchanges: list[Exchange] = []
    for start, text in parts:
        headers, body = headers_and_body(text)
        if start.re is not STATUS_LINE:
            exchanges.append(Exchange(request_of(start[1], start[2], headers, body)))
        elif not start[1].startswith("1"):  # 100 Continue comes before the answer
            request = exchanges.pop().request if exchanges and exchanges[-1].answer is None else None
            exchanges.append(Exchange(request, answer_of(int(start[1]), headers, body)))
    return tuple(exchanges)


def headers_and_body(text: str) -> tuple[Headers, str]:
    """The header lines up to the first line that isn't one, and the text after the blank line, if there is one."""
    lines = text.split("\n")
    headers = []
    for line in lines:
        found = HEADER.fullmatch(line.rstrip("\r"))
        if not found:
            break
        headers.append((found[1].lower(), found[2].rstrip(" \t")))
    rest = lines[len(headers) :]
    return tuple(headers), "\n".join(rest if rest and rest[0].strip() else rest[1:])


def request_of(method: str, target: str, headers: Headers, text: str) -> PastedRequest:
    """A request from its parts. The body is as long as Content-Length says; one that is shorter was cut off."""
    raw = bytes_of(text)
    body: bytes | None = raw if raw.strip() else b""
    length = dict(headers).get("content-length", "")
    if length.isdecimal():
        body = raw[: int(length)] if len(raw) >= int(length) else None
    return request_to(target, method, headers, body)
