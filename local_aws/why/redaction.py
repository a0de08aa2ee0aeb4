"""Takes secrets out of what is shown: every text of the report passes through here, whatever it is made of."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from local_aws.iam.callers import Caller
from local_aws.iam.claim import Claim
from local_aws.received import bytes_of
from local_aws.why.decide import shown_key
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
            quoted = quote(bytes_of(value), safe="")
            values |= {quoted: name, quote(quoted, safe=""): name}
        self._values = {value: name for value, name in values.items() if len(value) >= SHORTEST}

    def text(self, text: str) -> str:
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, self._values[value])
        text = WEB_IDENTITY_TOKEN.sub("<token>", TOKEN.sub(r"\1<session token>", text))
        return SIGNATURE.sub(lambda found: found[1] + found[2][:SIGNATURE_DIGITS] + "...", text)


def secrets_of(callers: Iterable[Caller], claim: Claim | None) -> list[str | None]:
    """What no output may show: secrets, tokens, and the claim's access key ID where it may be a secret in its place."""
    secrets = [text for caller in callers for text in (caller.secret_access_key, caller.session_token)]
    if claim and shown_key(claim) != claim.access_key_id:
        secrets.append(claim.access_key_id)
    return secrets


def tokens_of(headers: tuple[tuple[str, str], ...]) -> list[str]:
    return [value.strip() for name, value in headers if name == "x-amz-security-token" and value.strip()]
