"""What why-403 says of a paste, for the page: the same analysis, with the same secrets taken out."""

from dataclasses import dataclass

from local_aws.iam.canonical import CanonicalRequest
from local_aws.inspector.kept import Kept
from local_aws.inspector.pages import Pages
from local_aws.inspector.rows import Row, canonical_rows
from local_aws.inspector.words import Words
from local_aws.reasons import Finding
from local_aws.why.analysis import Beside, analyse, claim_in
from local_aws.why.comparison import first_difference
from local_aws.why.pastes.read import UnusablePaste, read_paste
from local_aws.why.pastes.record import Paste
from local_aws.why.pastes.signer import canonical_request_in
from local_aws.why.redaction import Redaction, secrets_of
from local_aws.why.secret import KnownKey, key_of
from local_aws.why.terminal import WORDS, understood


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
    known = key_of(claim.access_key_id, {}, {}, callers, lambda: None) if claim else KnownKey()
    signer = canonical_request_in(canonical) if canonical.strip() else None
    analysis = analyse(paste, Beside(known.key, known.source, callers, canonical_request=signer))
    clean = Redaction(paste, *secrets_of(callers, claim)).text
    ours = parsed(clean(analysis.canonical_request or ""))
    theirs = parsed(clean(analysis.signed_canonical_request or ""))
    rows = canonical_rows(theirs, ours, words) if ours and theirs and ours != theirs else []
    line = understood(paste, analysis, WORDS[words.language])
    more = {"analysis": analysis, "rows": rows, "clean": clean, "understood": line}
    return pages.paste(words, clean(text), clean(canonical), **more)
