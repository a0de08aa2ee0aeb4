"""Mistakes in the writing of the signature itself: it is right, but not 64 lower-case hexadecimal digits."""

import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterator

from local_aws.iam.claim import Claim
from local_aws.reasons import Finding

MIN_DIGITS = 16
"""Of a signature that was cut: fewer prove nothing."""

is_hex = re.compile(r"[0-9a-f]+").fullmatch


class Claimed:
    """The claimed signature, as it stands and as it may have been meant."""

    def __init__(self, claim: Claim) -> None:
        self._readings = {text: code for code, text in readings(claim.signature)}
        self._readings[claim.signature] = ""
        self._cut = claim.signature if is_hex(claim.signature) and MIN_DIGITS <= len(claim.signature) < 64 else None

    def findings(self, computed: str) -> tuple[Finding, ...] | None:
        """None unless the computed signature is the claimed one; else what is wrong with its writing, if anything."""
        code = self._readings.get(computed)
        if code is None and self._cut and (computed.startswith(self._cut) or computed.endswith(self._cut)):
            code = "signature_cut"
        if code is None:
            return None
        return (Finding(code, True),) if code else ()


def readings(signature: str) -> Iterator[tuple[str, str]]:
    yield "signature_upper_case", signature.lower()
    stripped = signature.strip(" \t\r\n\"'`;,<>")
    yield "signature_marks", stripped
    yield "signature_marks", stripped.removeprefix("0x")
    for decode in (b64decode, urlsafe_b64decode):
        try:
            decoded = decode(stripped + "=" * (-len(stripped) % 4))
        except ValueError:
            continue
        yield "signature_base64", decoded.hex()
        yield "signature_base64", decoded.decode("latin-1")
    if len(signature) > 64:
        yield "signature_longer", signature[:64]
        yield "signature_longer", signature[-64:]
