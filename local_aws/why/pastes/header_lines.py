"""Header lines without a request line, as a browser or an API client shows them; a URL may stand beside them."""

from dataclasses import replace

from local_aws.why.pastes.header_objects import OF_A_REQUEST, line_from
from local_aws.why.pastes.raw_http import HEADER
from local_aws.why.pastes.record import Exchange, Paste, request_to, with_host

PSEUDO = (":authority", ":method", ":path", ":scheme")


def read(text: str) -> Paste | None:
    lines = [line.strip() for line in text.split("\n")]
    pairs = [(found[1].lower(), found[2]) for found in map(HEADER.fullmatch, lines) if found]
    headers = tuple(pair for pair in pairs if not pair[1].startswith("//"))
    if not any(name in OF_A_REQUEST for name, _ in headers):
        return None
    pseudo = {name: line.removeprefix(f"{name}:").strip() for line in lines for name in PSEUDO if line.startswith(name)}
    method, url = line_from([], text)
    if ":authority" in pseudo:
        headers = with_host(headers, pseudo[":authority"])
    request = request_to(url, pseudo.get(":method", method), headers)
    return Paste("header-lines", (Exchange(replace(request, target=pseudo.get(":path", request.target))),))
