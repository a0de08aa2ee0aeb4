"""Takes secrets out of a record, by why-403's own redaction: the page shows and keeps nothing else."""

from collections.abc import Callable

from local_aws.received import text_of
from local_aws.record import Record
from local_aws.why.pastes.record import Exchange, Paste, PastedRequest
from local_aws.why.redaction import SIGNATURE_DIGITS, Redaction, secrets_of

SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "x-api-key")
Clean = Callable[[str], str]


def cleaning(record: Record) -> Clean:
    """Shortens the signature, and replaces the callers' secrets and tokens and those in the request's own headers."""
    secrets = secrets_of(record.callers.values(), record.claim)
    request = record.request
    if request is None:
        return Redaction(Paste("", ()), *secrets).text
    for name in SECRET_HEADERS:
        for value in request.values(name):
            if not value.startswith("AWS4-"):
                secrets += [value, value.partition(" ")[2], *value.split("; ")]
    headers = tuple((name, text_of(value)) for name, value in request.headers)
    pasted = PastedRequest(request.method, record.target, headers)
    redaction = Redaction(Paste("", (Exchange(pasted),)), *secrets)
    whole = record.claim.signature if record.claim else ""
    short = f"{whole[:SIGNATURE_DIGITS]}..."
    return lambda text: redaction.text(text.replace(whole, short) if len(whole) > SIGNATURE_DIGITS else text)
