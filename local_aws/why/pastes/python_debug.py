"""Python's http.client with `debuglevel = 1`, also under requests and urllib3: lines with send:, reply: and header:."""

import re

from local_aws.why.pastes import raw_http
from local_aws.why.pastes.literals import unquoted
from local_aws.why.pastes.record import Paste

LINE = re.compile(
    r"^(send|reply): (b?'(?:[^'\\\n]|\\.)*'|b?\"(?:[^\"\\\n]|\\.)*\")[ \t]*$|^header: (.*)$", re.MULTILINE
)


def read(text: str) -> Paste | None:
    """The same exchanges written as raw HTTP, then read as such."""
    pieces: list[str] = []
    previous, end = "", 0
    for found in LINE.finditer(text):
        kind = found[1] or "header"
        if previous == "header" and kind != "header":
            pieces.append("\n" + text[end : found.start()])
        if kind == "reply" and pieces:
            pieces.append("\n")
        pieces.append(f"{found[3]}\n" if kind == "header" else unquoted(found[2]).replace("\r\n", "\n"))
        previous, end = kind, found.end()
    pieces.append("\n" + text[end:].lstrip("\n"))
    paste = raw_http.read("".join(pieces)) if previous else None
    return Paste("python-debug", paste.exchanges) if paste else None
