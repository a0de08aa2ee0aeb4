"""botocore's debug log, also `aws --debug`: the prepared request, and the signer's own canonical request.

A program that signs with botocore alone logs no headers: they are taken from its canonical request.
"""

import re

from local_aws.received import bytes_of
from local_aws.why.pastes.answer import answer_in, answer_of
from local_aws.why.pastes.literals import pairs_in, unquoted
from local_aws.why.pastes.record import Exchange, Headers, Paste, PastedAnswer, PastedRequest, request_to
from local_aws.why.pastes.signer import printed_in

PREPARED = re.compile(r"<AWSPreparedRequest [^\n]{0,99}?method=(\w+), url=(\S{1,8000}), headers=(\{[^\n]*\})>")
URLLIB3 = re.compile(r'(https?://[^\s"]{1,300}) "(\w+) (\S{1,8000}) HTTP/[\d.]+" (\d{3})\b')
BODY = re.compile(r"'body': (b'(?:[^'\\\n]|\\.)*'|b\"(?:[^\"\\\n]|\\.)*\")")
ANSWER_HEADERS = re.compile(r"Response headers: (\{[^\n]*\})")
ANSWER_BODY = re.compile(r"Response body:\s*\n(b?['\"][^\n]*['\"])")
SIGNATURE = re.compile(r"Signature:\s*\n\s*([0-9a-f]{64})")

NOT_LOGGED = "(access key ID not in the log)"


def read(text: str) -> Paste | None:
    if "CanonicalRequest:" not in text and not PREPARED.search(text):
        return None
    request = prepared_request(text) or request_from_the_signer(text)
    if request is None:
        return None
    return Paste("botocore-log", (Exchange(request, answer_from(text)),), printed_in(text))


def prepared_request(text: str) -> PastedRequest | None:
    found = last(PREPARED, text)
    if not found:
        return None
    method, url, literal = found.groups()
    headers = pairs_in(literal)
    return request_to(url, method, headers, logged_body(text, headers))


def logged_body(text: str, headers: Headers) -> bytes | None:
    if body := last(BODY, text):
        return bytes_of(unquoted(body[1]))
    return b"" if dict(headers).get("content-length", "0") == "0" else None


def request_from_the_signer(text: str) -> PastedRequest | None:
    """Method and signed headers of the canonical request, the target that urllib3 logged, and the signature."""
    printed = printed_in(text)
    lines = (printed.canonical_request or "").split("\n")
    if len(lines) < 6:
        return None
    headers = [(name, value) for name, _, value in (line.partition(":") for line in lines[3:-3])]
    scope = (printed.string_to_sign or "").split("\n")[2:3]
    signature = last(SIGNATURE, text)
    if scope and signature:
        fields = f"Credential={NOT_LOGGED}/{scope[0]}, SignedHeaders={lines[-2]}, Signature={signature[1]}"
        headers.append(("authorization", f"AWS4-HMAC-SHA256 {fields}"))
    sent = last(URLLIB3, text)
    return PastedRequest(lines[0], sent[3] if sent else None, tuple(headers))


def answer_from(text: str) -> PastedAnswer | None:
    headers, body, sent = (last(pattern, text) for pattern in (ANSWER_HEADERS, ANSWER_BODY, URLLIB3))
    if not headers:
        return answer_in(text[sent.end() :]) if sent else None
    status = int(sent[4]) if sent else None
    return answer_of(status, pairs_in(headers[1]), unquoted(body[1]) if body else text)


def last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last match: a retry logs everything again."""
    found = [*pattern.finditer(text)]
    return found[-1] if found else None
