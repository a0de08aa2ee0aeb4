"""The parameters of AssumeRoleWithWebIdentity, from a form or a query, checked before the token is.

No message holds the token.
Source: AWS STS API Reference, "AssumeRoleWithWebIdentity".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest
from local_aws.refusals import fact
from local_aws.sts.answers import StsRefusal

ACTION, VERSION = "AssumeRoleWithWebIdentity", "2011-06-15"
DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 3600, 900, 43_200
MAX_ROLE_SECONDS = 3600  # a role's own limit, until somebody raises it
MAX_FIELDS = 50
FORMS = {
    "RoleArn": (r"[\x20-\uffff]{20,2048}", "a role's ARN, as arn:aws:iam::123456789012:role/edge-caller-role"),
    "RoleSessionName": (r"[\w+=,.@-]{2,64}", "2 to 64 letters, digits and _ + = , . @ -"),
    "WebIdentityToken": (r"(?s).{4,20000}", "the token, of 4 to 20,000 characters"),
}
NOT_SUPPORTED = ("Policy", "PolicyArns", "ProviderId")


@dataclass(frozen=True)
class Parameters:
    role_arn: str
    session_name: str
    token: str = field(repr=False)
    seconds: int


def parameters_of(request: ReceivedRequest) -> Parameters:
    """Raises StsRefusal."""
    given = fields_of(request)
    check_operation(given)
    for name in given:
        if name.partition(".")[0] in NOT_SUPPORTED:
            message = f"The local stand-in doesn't know the parameter {name.partition('.')[0]}"
            raise invalid(message, fact("sts_parameter_unknown", name=name.partition(".")[0]))
    for name, (form, wanted) in FORMS.items():
        member = name[0].lower() + name[1:]
        if not re.fullmatch(form, given.get(name, ""), re.ASCII):
            # UNVERIFIED (sts-session-name-malformed): the second sentence
            null = f"Value null at '{member}' failed to satisfy constraint: Member must not be null"
            other = f"Value at '{member}' failed to satisfy constraint: Member must satisfy its pattern and length"
            message = f"1 validation error detected: {other if given.get(name) else null}"
            raise invalid(message, fact("sts_parameter", name=name, wanted=wanted))
    if not given["RoleArn"].startswith("arn:"):
        wanted = FORMS["RoleArn"][1]
        raise invalid(f"{given['RoleArn']} is invalid", fact("sts_parameter", name="RoleArn", wanted=wanted))
    token = given["WebIdentityToken"]
    return Parameters(given["RoleArn"], given["RoleSessionName"], token, seconds_of(given))


def fields_of(request: ReceivedRequest) -> dict[str, str]:
    """The form of a POST, the query of a GET."""
    if request.method not in ("GET", "POST"):
        raise malformed(f"The method {request.method} isn't supported")
    try:
        text = request.body.decode("ascii") if request.method == "POST" else request.query
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise malformed("The parameters can't be read") from error
    given = dict(pairs)
    if len(given) < len(pairs):
        raise malformed("A parameter is given twice")
    return given


def check_operation(given: Mapping[str, str]) -> None:
    action, version = given.get("Action", ""), given.get("Version", "")
    if not action:
        message = "Missing Action"
        raise StsRefusal(400, "MissingAction", message, fact("sts_operation", came="no Action", wanted=ACTION))
    if (action, version) != (ACTION, VERSION):
        message = f"Could not find operation {action} for version {version or 'NO_VERSION_SPECIFIED'}"
        came = f"{action}, Version {version or 'none'}"
        raise StsRefusal(400, "InvalidAction", message, fact("sts_operation", came=came, wanted=f"{ACTION}, {VERSION}"))


def seconds_of(given: Mapping[str, str]) -> int:
    """UNVERIFIED (sts-ten-seconds): the sentence."""
    text = given.get("DurationSeconds") or str(DEFAULT_SECONDS)
    finding = fact("sts_duration", came=text, least=str(LEAST_SECONDS), most=str(MAX_ROLE_SECONDS))
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise malformed("DurationSeconds must be a whole number")
    seconds = int(text)
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        bound = (
            f"greater than or equal to {LEAST_SECONDS}"
            if seconds < LEAST_SECONDS
            else f"less than or equal to {MOST_SECONDS}"
        )
        message = f"Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must have value {bound}"
        raise invalid(f"1 validation error detected: {message}", finding)
    if seconds > MAX_ROLE_SECONDS:
        raise invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", finding)
    return seconds


def invalid(message: str, finding: Finding) -> StsRefusal:
    return StsRefusal(400, "ValidationError", message, finding)


def malformed(message: str) -> StsRefusal:
    """UNVERIFIED (sts-duration-not-a-number): the sentences."""
    return StsRefusal(400, "MalformedInput", message, fact("sts_malformed", error=message))
