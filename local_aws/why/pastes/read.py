"""Reads a paste of any kind that the other files here know."""

import re
from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent

from local_aws.errors import LocalAwsError
from local_aws.reasons import Finding
from local_aws.why.pastes import (
    answer,
    botocore_log,
    curl_command,
    curl_verbose,
    har,
    header_lines,
    header_objects,
    presigned,
    python_debug,
    raw_http,
)
from local_aws.why.pastes.record import Exchange, Paste, SignerPrinted
from local_aws.why.pastes.signer import printed_in

MAX_PASTE_BYTES = 8 * 1024 * 1024
# The most specific form first: a botocore log holds a header object as well, and a header object may hold a URL.
READERS: tuple[Callable[[str], Paste | None], ...] = (
    curl_verbose.read,
    botocore_log.read,
    python_debug.read,
    har.read,
    raw_http.read,
    curl_command.read,
    header_objects.read,
    header_lines.read,
    presigned.read,
    answer.read,
)
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}


class UnusablePaste(LocalAwsError):
    """The paste can't be used. The finding says why, and what to paste."""

    def __init__(self, code: str) -> None:
        self.finding = Finding(code, True)
        super().__init__(self.finding.line())


def read_paste(data: bytes) -> Paste:
    """What the paste holds. Raises UnusablePaste for one that is empty, too large or not understood."""
    if len(data) > MAX_PASTE_BYTES:
        raise UnusablePaste("paste_too_large")
    text = text_of(data)
    if not text.strip():
        raise UnusablePaste("paste_empty")
    paste = next((found for reader in READERS if (found := reader(text))), None)
    if paste is None:
        raise UnusablePaste("paste_not_understood")
    return completed(paste, text)


def text_of(data: bytes) -> str:
    """PowerShell writes UTF-16 with its mark; terminals colour what they show."""
    encoding = next((name for mark, name in BYTE_ORDER_MARKS.items() if data.startswith(mark)), "utf-8")
    text = data.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace").removeprefix("\ufeff")
    return dedent(COLOURS.sub("", text).replace("\r\n", "\n"))


def completed(paste: Paste, text: str) -> Paste:
    """With the answer, and the signer's own canonical request, where they are elsewhere in the text."""
    signer = paste.signer if paste.signer != SignerPrinted() else printed_in(text)
    *before, last = paste.exchanges
    if all(exchange.answer is None for exchange in paste.exchanges):
        last = Exchange(last.request, answer.answer_in(text))
    return replace(paste, signer=signer, exchanges=(*before, last))
