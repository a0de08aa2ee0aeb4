"""Takes secrets out of what is shown: every text of the report passes through here, whatever it is made of."""

import re
from urllib.parse import quote

from local_aws.why.pastes.record import Paste

SIGNATURE_DIGITS = 8
SHORTEST = 6  # a shorter value would be found within ordinary words
SIGNATURE = re.compile(r"(?i)(Signature=)([^,&\s\"']{9,})")
TOKEN = re.compile(r"(?i)(x-amz-security-token(?:[\"']?[:=] ?[\"']?|%3D))[^\s&,\"'<>]{6,}")
WEB_IDENTITY_TOKEN = re.compile(r"\beyJ[\w-]{6,}(?:(?:\.|%2E)[\w-]*)+")
QUERY_TOKEN = re.compile(r"[?&]X-Amz-Security-Token=([^&\s]+)")


class Redaction:
    """Replaces known secrets and tokens by their name, and signatures by their first eight digits."""

    def __init__(self, paste: Paste, *secrets: str | None) -> None:
        values = dict.fromkeys(filter(None, secrets), "<secret>")
        for exchange in paste.exchanges:
            if exchange.request:
                values |= dict.fromkeys(tokens_of(exchange.request.headers), "<session token>")
                values |= dict.fromkeys(QUERY_TOKEN.findall(exchange.request.target or ""), "<session token>")
        for value, name in [*values.items()]:
            values |= {quote(value, safe=""): name, quote(quote(value, safe=""), safe=""): name}
        self._values = {value: name for value, name in values.items() if len(value) >= SHORTEST}

    def text(self, text: str) -> str:
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, self._values[value])
        text = WEB_IDENTITY_TOKEN.sub("<token>", TOKEN.sub(r"\1<session token>", text))
        return SIGNATURE.sub(lambda found: found[1] + found[2][:SIGNATURE_DIGITS] + "...", text)


def tokens_of(headers: tuple[tuple[str, str], ...]) -> list[str]:
    return [value.strip() for name, value in headers if name == "x-amz-security-token" and value.strip()]
