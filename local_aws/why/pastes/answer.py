"""AWS's answer: status, error type and message, from its headers, JSON or XML, or from what a person copied of it."""

import json
import re
from contextlib import suppress
from html import unescape

from local_aws.why.pastes.record import Exchange, Headers, Paste, PastedAnswer
from local_aws.why.says import TYPES

# AWS's own error types: a program's `TypeError` beside them is no answer of AWS's.
ERROR_TYPE = re.compile(rf"\b(?:{'|'.join(TYPES)})\b")
JSON_MESSAGE = re.compile(r'\{\s*"[Mm]essage"\s*:\s*(?:"(?:[^"\\]|\\.){0,2000}"|null)\s*\}')
# STS's own, and as botocore and the AWS CLI print it.
STS_XML = re.compile(r"<Code>(\w{3,64})</Code>\s*<Message>([^<]{0,2000})")
STS_PRINTED = re.compile(
    r"An error occurred \((\w{3,64})\) when calling the AssumeRoleWithWebIdentity operation"
    r"(?: \([^)\n]{0,80}\))?: ([^\n]{0,2000})"
)
STATUS = re.compile(
    r"\b(?:HTTP/\d(?:\.\d)?|status(?:[ _]?code)?\W{1,4}|^)\s*([1-5]\d\d)\b", re.MULTILINE | re.IGNORECASE
)
SENTENCES = re.compile(
    r"(The request signature we calculated does not match[^\n\"]*|Signature expired: [^\n\"]*"
    r"|Signature not yet current: [^\n\"]*|Credential should be scoped [^\n\"]*"
    r"|The security token included in the request is [a-z]+\.?|Forbidden\. For troubleshooting[^\n\"]*"
    r"|User: arn:\S{1,300} is not authorized to perform: [^\n\"]*|Missing Authentication Token"
    r"|Authorization header requires [^\n\"]*|Date in Credential scope [^\n\"]*)"
)


def answer_of(status: int | None, headers: Headers, body: str) -> PastedAnswer:
    """An answer from its status, headers and body."""
    named = dict(headers)
    if of_sts := STS_XML.search(body):
        return PastedAnswer(status, of_sts[1], unescape(of_sts[2]).strip(), named.get("date"))
    error_type = (named.get("x-amzn-errortype") or "").partition(":")[0] or None
    return PastedAnswer(status, error_type, message_in(body), named.get("date"))


def message_in(text: str) -> str | None:
    """The value of `message` or `Message` of the first such JSON object, else a sentence that AWS uses."""
    for found in JSON_MESSAGE.finditer(text):
        with suppress(ValueError):
            (value,) = json.loads(found[0]).values()
            return value if isinstance(value, str) else "null"
    sentence = SENTENCES.search(text)
    return sentence[0].strip() if sentence else None


def answer_in(text: str) -> PastedAnswer | None:
    """The answer that a person copied in any form; None where nothing looks like one."""
    if of_sts := STS_XML.search(text) or STS_PRINTED.search(text):
        return PastedAnswer(None, of_sts[1], unescape(of_sts[2]).strip())
    error_type = ERROR_TYPE.search(text)
    message = message_in(text)
    status = STATUS.search(text)
    if error_type is None and message is None and (status is None or status[1] != "403"):
        return None
    date = re.search(r"\bdate['\"]?\s*[:=]>?\s*['\"]?(\w{3}, \d{1,2} \w{3} \d{4} [\d:]{8} GMT)", text, re.IGNORECASE)
    return PastedAnswer(
        status=int(status[1]) if status else None,
        error_type=error_type[0] if error_type else None,
        message=message,
        date=date[1] if date else None,
    )


def read(text: str) -> Paste | None:
    """An answer alone, without its request."""
    answer = answer_in(text)
    return Paste("answer", (Exchange(None, answer),)) if answer else None
