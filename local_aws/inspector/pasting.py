"""What why-403 says of a paste, for the page: the same analysis, with the same secrets taken out."""

from dataclasses import dataclass

from local_aws.iam.callers import Caller
from local_aws.iam.canonical import CanonicalRequest
from local_aws.inspector.kept import Kept
from local_aws.inspector.pages import Pages
from local_aws.inspector.rows import Row, canonical_rows
from local_aws.inspector.words import Words
from local_aws.reasons import Finding
from local_aws.why.analysis import Beside, analyse, claim_in
from local_aws.why.comparison import first_difference
from local_aws.why.decide import shown_key
from local_aws.why.pastes.read import UnusablePaste, read_paste
from local_aws.why.pastes.record import Paste
from local_aws.why.pastes.signer import canonical_request_in
from local_aws.why.redaction import Redaction
from local_aws.why.secret import key_of


@dataclass(frozen=True)
class Compared:
    """The signer's canonical request beside AWS's. `findings` is empty where the text holds none."""

    findings: tuple[Finding, ...] = ()
    rows: tuple[Row, ...] = ()


def with_canonical(kept: Kept, text: str, words: Words) -> Compared:
    """Compares a pasted canonical request with AWS's of the kept request."""
    pasted = canonical_request_in(Redaction(Paste("", ())).text(text.replace("\r\n", "\n")))
    came = kept.signing.came if kept.signing else None
    if pasted is None or came is None:
        return Compared()
    difference = first_difference(came.text, pasted)
    if difference is None:
        return Compared((Finding("why_secret_differs", True),))
    signed = parsed(pasted)
    rows = tuple(canonical_rows(signed, came, words)) if signed else ()
    return Compared((Finding("why_canonical_differs", True, {"line": str(difference.line)}),), rows)


def parsed(text: str) -> CanonicalRequest | None:
    """The six parts of a canonical request; None where it hasn't that form."""
    lines = text.split("\n")
    if len(lines) < 6 or lines[-3] != "":
        return None
    headers = "".join(f"{line}\n" for line in lines[3:-3])
    return CanonicalRequest(lines[0], lines[1], lines[2], headers, lines[-2], lines[-1])


def explained(pages: Pages, words: Words, text: str, canonical: str) -> str:
    """The paste page with its analysis. The stand-in's own keys are known; no other secret is asked for."""
    try:
        paste = read_paste(text.encode("utf-8", "surrogateescape"))
    except UnusablePaste as error:
        return pages.paste(words, "", "", unusable=error.finding)
    callers = tuple(pages.calls.callers().values())
    request = paste.chosen.request
    claim = claim_in(request) if request else None
    known = key_of(claim.access_key_id, {}, {}, callers, lambda: None) if claim else None
    signer = canonical_request_in(canonical) if canonical.strip() else None
    beside = Beside(known.key if known else None, known.source if known else "", callers, {}, None, signer)
    analysis = analyse(paste, beside)
    secrets = [secret for caller in callers for secret in secrets_of(caller)]
    if claim and shown_key(claim) != claim.access_key_id:
        secrets.append(claim.access_key_id)
    clean = Redaction(paste, *secrets).text
    ours = parsed(clean(analysis.canonical_request or ""))
    theirs = parsed(clean(analysis.signed_canonical_request or ""))
    rows = canonical_rows(theirs, ours, words) if ours and theirs and ours != theirs else []
    line = pages.understood(words, paste, analysis)
    more = {"analysis": analysis, "rows": rows, "clean": clean, "understood": line}
    return pages.paste(words, clean(text), clean(canonical), **more)


def secrets_of(caller: Caller) -> list[str]:
    return [caller.secret_access_key, caller.session_token or ""]
