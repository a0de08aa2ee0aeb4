"""The signer's own canonical request or string to sign beside AWS's. It needs no secret."""

from dataclasses import dataclass
from hashlib import sha256

from local_aws.iam.claim import Claim
from local_aws.iam.diagnosis import case_of
from local_aws.iam.mistakes import mistakes_in
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest
from local_aws.why.comparison import Difference, first_difference
from local_aws.why.decide import Signature
from local_aws.why.pastes.record import SignerPrinted


@dataclass(frozen=True)
class Compared:
    """`differs` is None where the signer printed nothing that can be compared."""

    findings: tuple[Finding, ...] = ()
    differs: bool | None = None
    difference: Difference | None = None


def compare(request: ReceivedRequest, claim: Claim, region: str, canonical: str, signer: SignerPrinted) -> Compared:
    """Names the mistake whose canonical request has the signer's hash, else the line where the two part."""
    signed = signer.canonical_request
    digest = hash_of(signed) if signed else (signer.string_to_sign or "").rpartition("\n")[2]
    if not digest:
        return Compared()
    if digest == hash_of(canonical):
        return Compared((), False)
    named = mistake_with(digest, request, claim, region)
    difference = first_difference(canonical, signed) if signed else None
    if named is None and difference:
        named = Finding("why_canonical_differs", True, {"line": str(difference.line)})
    return Compared((named or Finding("why_canonical_hash_differs", True),), True, difference)


def hash_of(canonical: str) -> str:
    return sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()


def mistake_with(digest: str, request: ReceivedRequest, claim: Claim, region: str) -> Finding | None:
    """The mistake in the canonical request that gives this hash: proved without the secret."""
    case = case_of(request, claim, "", region)
    for mistake in mistakes_in(case):
        signed = mistake.change(case.right)
        if hash_of(signed.layout(signed.canonical)) == digest:
            return mistake.finding
    return None


def with_the_secret(compared: Compared, signature: Signature) -> tuple[Finding, ...]:
    """Where the signer's canonical request is AWS's, only the secret is left."""
    if compared.differs is False and signature is Signature.WRONG:
        return (Finding("why_secret_differs", True),)
    if compared.differs is False and signature is Signature.UNKNOWN:
        return (Finding("why_secret_suspected", False),)
    return compared.findings
