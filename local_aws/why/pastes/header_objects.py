"""Headers printed as an object: console.log of Headers or a Request, a Python dict, a list of pairs, JSON, fetch().

Such an object has no request line: that comes from a `url` and `method` beside it, or from a URL in the text.
"""

import re

from local_aws.received import bytes_of
from local_aws.why.pastes.answer import answer_of, message_in
from local_aws.why.pastes.literals import Group, groups_of
from local_aws.why.pastes.raw_http import METHOD
from local_aws.why.pastes.record import Exchange, Paste, PastedAnswer, PastedRequest, request_to

OF_A_REQUEST = ("authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token")
OF_AN_ANSWER = ("x-amzn-errortype", "x-amzn-requestid", "x-amzn-trace-id")
URL = re.compile(r"https?://[^\s'\"`<>\\)\]}|]+")
LINE = re.compile(rf"\b({METHOD})\b[\s'\",:(]{{1,6}}(?:b?['\"])?(https?://[^\s'\"`<>\\)\]}}]+|/[^\s'\"]*)")
NO_BODY = ("null", "None", "undefined", "ReadableStream")
NO_HEADER = ("method", "url", "body", "data", "mode", "cache", "credentials")
HIDDEN = re.compile(r"authorization['\"]?\s*[:,]\s*['\"]\[secure\]", re.IGNORECASE)


def read(text: str) -> Paste | None:
    groups = groups_of(text)
    headers = next((group for group in groups if any(name in group for name in OF_A_REQUEST)), None)
    if headers is None:
        return None
    signed = next((group for group in groups if "authorization" in group and is_authorization(group)), headers)
    request = request_from(signed, groups, text)
    notes = ("note_authorization_hidden",) if HIDDEN.search(text) and not is_authorization(signed) else ()
    return Paste("header-object", (Exchange(request, answer_from(groups, text)),), notes=notes)


def is_authorization(group: Group) -> bool:
    return (group.get("authorization") or "").startswith("AWS4-")


def request_from(group: Group, groups: list[Group], text: str) -> PastedRequest:
    """The request with these headers; its line comes from the objects beside it, or from the text."""
    headers = tuple((name, value) for name, value in group.pairs if name not in NO_HEADER and value != "[secure]")
    method, url = line_from(groups, text)
    body = next((b for g in groups if "url" in g or "method" in g for b in (g.get("body"), g.get("data")) if b), None)
    raw = bytes_of(body) if body and body not in NO_BODY else None
    if raw is None and method in ("GET", "HEAD") and "content-length" not in dict(headers):
        raw = b""
    return request_to(url, method, headers, raw)


def line_from(groups: list[Group], text: str) -> tuple[str | None, str | None]:
    """Method and URL, each None where the paste doesn't say."""
    objects = [group for group in groups if "url" in group and "status" not in group and "statustext" not in group]
    stated = LINE.search(text)
    method = next((group.get("method") for group in (objects or groups) if "method" in group), None)
    url = next((group.get("url") for group in objects), None)
    if stated:
        method, url = method or stated[1], url or stated[2]
    found = URL.search(text)
    if url is None and found:
        url = found[0].rstrip(".,;")
    return method.upper() if method else None, url


def answer_from(groups: list[Group], text: str) -> PastedAnswer | None:
    """The answer whose headers or status the text shows too."""
    headers = next((group for group in groups if any(name in group for name in OF_AN_ANSWER)), None)
    if headers is None:
        return None
    status = next((group.get("status") for group in groups if (group.get("status") or "").isdecimal()), None)
    found = re.search(r"\[(\d{3}) |\b(403)\b", text)
    number = status or (found and (found[1] or found[2]))
    return answer_of(int(number) if number else None, tuple(headers.pairs), text if message_in(text) else "")
