"""A presigned URL: the signature is in its query. It is sent as a GET, and its only signed header is usually host."""

import re

from local_aws.why.pastes.raw_http import METHOD
from local_aws.why.pastes.record import Exchange, Paste, request_to

URL = re.compile(rf"(?:\b({METHOD})[ \t]+)?(https?://[^\s'\"<>]+)")


def read(text: str) -> Paste | None:
    for found in URL.finditer(text):
        if "X-Amz-Signature=" in found[2] or "X-Amz-Algorithm=" in found[2]:
            request = request_to(found[2], found[1] or "GET", (), b"")
            return Paste("presigned-url", (Exchange(request),))
    return None
