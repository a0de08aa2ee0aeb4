"""The canonical request and string to sign that a signer printed itself.

botocore's debug log has both. curl 8 with -v has the string to sign, and in some versions the canonical request.
"""

import re

from local_aws.why.pastes.record import SignerPrinted

# botocore writes the text below the name; curl writes `name (enclosed in []) - [text]`.
CANONICAL = re.compile(r"CanonicalRequest:[ \t]*\n|Canonical request \(enclosed in \[\]\) - \[")
STRING_TO_SIGN = re.compile(r"StringToSign:[ \t]*\n|String to sign \(enclosed in \[\]\) - \[")
LAST_LINE = re.compile(r"([0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)\]?[ \t]*")
MAX_LINES = 200
MAX_MARKS = 20


def printed_in(text: str) -> SignerPrinted:
    """The last ones of the text: a retry or a redirect signs again."""
    return SignerPrinted(text_after(CANONICAL, text), text_after(STRING_TO_SIGN, text))


def canonical_request_in(text: str) -> str | None:
    """A canonical request alone, or within a log."""
    return text_after(CANONICAL, text) or up_to_the_hash(text.strip("\n"))


def text_after(mark: re.Pattern[str], text: str) -> str | None:
    for found in [*mark.finditer(text)][: -MAX_MARKS - 1 : -1]:
        lines = up_to_the_hash(text[found.end() : found.end() + 200_000])
        if lines is not None:
            return lines
    return None


def up_to_the_hash(text: str) -> str | None:
    """The lines up to and with the first one that is a hash alone."""
    lines: list[str] = []
    for line in text.split("\n", MAX_LINES)[:MAX_LINES]:
        last = LAST_LINE.fullmatch(line)
        if last and len(lines) >= 3:
            return "\n".join([*lines, last[1]])
        lines.append(line)
    return None
