"""The claim of a signed request: the Authorization header, or the X-Amz- parameters of a presigned URL, taken apart.

It checks that the parts are present and well formed. `checks.py` verifies them.
Source: AWS IAM User Guide, "Elements of an AWS API request signature".
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from local_aws.iam.unsigned import incomplete_authorization, incomplete_parameters, malformed_authorization
from local_aws.received import ReceivedRequest, text_of
from local_aws.refusals import fact, hash_of, incomplete_signature

ALGORITHM = "AWS4-HMAC-SHA256"
ISO_8601 = "%Y%m%dT%H%M%SZ"
is_iso_8601 = re.compile(r"[0-9]{8}T[0-9]{6}Z").fullmatch  # strptime takes the digits of any script
# Seven days, as AWS documents it. It doesn't lengthen the five minutes in which a function takes a signature.
MAX_EXPIRES_SECONDS = 604_800


def moved(date: datetime, delta: timedelta) -> datetime:
    """The date itself where the calendar ends: a claim may name its first day or its last."""
    try:
        return date + delta
    except OverflowError:
        return date


@dataclass(frozen=True)
class Claim:
    """`signed_headers` are lower-case names; `expires_seconds` is None unless the URL is presigned."""

    algorithm: str
    credential: str
    signed_headers: tuple[str, ...]
    signature: str = field(repr=False)
    date: datetime
    session_token: str | None = field(repr=False)
    expires_seconds: int | None
    signed_headers_as_sent: str = ""

    @property
    def amz_date(self) -> str:
        return self.date.strftime(ISO_8601)

    @property
    def access_key_id(self) -> str:
        return self.credential.split("/")[0]

    @property
    def scope(self) -> str:
        """The credential scope: date, region, service and terminator, as claimed."""
        return self.credential.partition("/")[2]


def claim_of(request: ReceivedRequest) -> Claim | None:
    """None for an unsigned request. Raises the Refusal that AWS answers to an incomplete claim."""
    authorizations = request.values("authorization")
    if len(authorizations) > 1:
        message = "There is more than one Authorization header."  # UNVERIFIED (two-authorization-headers)
        raise incomplete_signature(message, ",".join(authorizations), fact("authorization_doubled"))
    if authorizations and authorizations[0].startswith(
        "AWS4-"
    ):  # UNVERIFIED (bearer-token): another scheme is unsigned
        return claim_of_header(request, authorizations[0])
    parameters = {text_of(name): text_of(value) for name, value in request.parameters()}
    if "X-Amz-Algorithm" in parameters or "X-Amz-Signature" in parameters:
        return claim_of_parameters(parameters)
    return None


def claim_of_header(request: ReceivedRequest, authorization: str) -> Claim:
    algorithm, _, rest = authorization.partition(" ")
    fields = dict(field_of(part.strip(), authorization) for part in rest.split(","))
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not fields.get(name)
    ]
    amz_date = request.header("x-amz-date") or request.header("date")
    if not amz_date:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing or amz_date is None:
        finding = incomplete_authorization(authorization, missing)
        raise incomplete_signature(" ".join(missing), authorization, finding)
    return Claim(
        algorithm=algorithm,
        credential=fields["Credential"],
        signed_headers=tuple(fields["SignedHeaders"].lower().split(";")),
        signature=fields["Signature"],
        date=date_of(amz_date),
        session_token=request.header("x-amz-security-token"),
        expires_seconds=None,
        signed_headers_as_sent=fields["SignedHeaders"],
    )


def field_of(part: str, authorization: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals:
        digest = f"(hashed with SHA-256 and encoded with Base64): '{hash_of(authorization)}'"
        # UNVERIFIED (authorization-without-equals) at a Function URL; seen at API Gateway.
        message = f"Invalid key=value pair (missing equal-sign) in Authorization header {digest}."
        raise incomplete_signature(message, None, malformed_authorization(authorization))
    return name, value


def claim_of_parameters(parameters: dict[str, str]) -> Claim:
    names = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
    missing = [name for name in (*names, "X-Amz-Expires") if not parameters.get(name)]
    if missing:
        # UNVERIFIED (presigned-without-a-signature)
        message = f"AWS query-string parameters must include '{missing[0]}'. Re-examine the query-string parameters."
        raise incomplete_signature(message, None, incomplete_parameters(list(parameters), missing))
    expires = parameters["X-Amz-Expires"]
    if not re.fullmatch(r"\d{1,6}", expires) or not 0 < int(expires) <= MAX_EXPIRES_SECONDS:
        # UNVERIFIED (presigned-for-seven-days, presigned-for-eight-days): the limit and the sentence
        message = f"X-Amz-Expires must be a number between 1 and {MAX_EXPIRES_SECONDS}."
        raise incomplete_signature(message, None, fact("expires_invalid", came=expires))
    return Claim(
        algorithm=parameters["X-Amz-Algorithm"],
        credential=parameters["X-Amz-Credential"],
        signed_headers=tuple(parameters["X-Amz-SignedHeaders"].lower().split(";")),
        signature=parameters["X-Amz-Signature"],
        date=date_of(parameters["X-Amz-Date"]),
        session_token=parameters.get("X-Amz-Security-Token"),
        expires_seconds=int(expires),
        signed_headers_as_sent=parameters["X-Amz-SignedHeaders"],
    )


def parsed_date(text: str) -> datetime | None:
    """A date in the form of SigV4, or of a header. None for any other text, and for a day that never was."""
    if is_iso_8601(text):
        with suppress(ValueError):
            return datetime.strptime(text, ISO_8601).replace(tzinfo=UTC)
    with suppress(ValueError, OverflowError):
        date = parsedate_to_datetime(text)  # without a zone where it says -0000, which is UTC
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    return None


def date_of(text: str) -> datetime:
    date = parsed_date(text)
    if date:
        return date
    message = f"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
    raise incomplete_signature(message, None, fact("date_malformed", came=text))
