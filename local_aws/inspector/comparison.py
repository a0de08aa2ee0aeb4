"""What was signed beside what AWS computes, for the page: no secret, and of a signature the first digits alone."""

from dataclasses import dataclass, field

from local_aws.iam.canonical import SERVICE, CanonicalRequest, signature, signing_key, string_to_sign
from local_aws.iam.claim import Claim
from local_aws.inspector.cleaning import Clean
from local_aws.record import Record
from local_aws.why.decide import shown_key
from local_aws.why.redaction import SIGNATURE_DIGITS


@dataclass(frozen=True)
class Signing:
    """`signed` is None where no mistake explains the signature."""

    access_key_id: str
    amz_date: str
    scope: str
    expected_scope: str
    seconds_old: float
    given: str
    expected: str = ""
    came: CanonicalRequest | None = field(default=None, repr=False)
    signed: CanonicalRequest | None = field(default=None, repr=False)
    string_to_sign: str = field(default="", repr=False)
    header_names: tuple[str, ...] = ()
    temporary: bool = False


def signing_of(record: Record, signed: CanonicalRequest | None, clean: Clean) -> Signing | None:
    claim, came = record.claim, record.canonical_request
    if claim is None or came is None:
        return None
    expected_scope = f"{claim.amz_date[:8]}/{record.region}/{SERVICE}/aws4_request"
    text = string_to_sign(came.text, claim.amz_date, expected_scope)
    return Signing(
        access_key_id=shown_key(claim),
        amz_date=claim.amz_date,
        scope=clean(claim.scope),
        expected_scope=expected_scope,
        seconds_old=(record.time - claim.date).total_seconds(),
        given=claim.signature[:SIGNATURE_DIGITS],
        expected=expected_digits(record, claim, text),
        came=CanonicalRequest(*map(clean, came)),
        signed=CanonicalRequest(*map(clean, signed)) if signed else None,
        string_to_sign=text,
        header_names=claim.signed_headers,
        temporary=claim.session_token is not None,
    )


def expected_digits(record: Record, claim: Claim, text: str) -> str:
    caller = record.claimed_caller
    if caller is None:
        return ""
    key = signing_key(caller.secret_access_key, claim.amz_date[:8], record.region, SERVICE)
    return signature(key, text)[:SIGNATURE_DIGITS]
