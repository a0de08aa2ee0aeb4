"""Who calls: the claim, then the signature, with the callers, roles and sessions as they are now.

The Function URL and the Invoke API then ask whether the caller may, each with its own actions and refusals.
Source: AWS Lambda Developer Guide, "Control access to Lambda function URLs".
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from local_aws.errors import Refusal
from local_aws.iam.callers import CALLERS_FILE, Caller, Tables, read_callers
from local_aws.iam.checks import verify
from local_aws.iam.claim import claim_of
from local_aws.iam.policy import completed
from local_aws.iam.roles import ROLES_FILE, Role, read_roles
from local_aws.iam.sessions import Sessions
from local_aws.iam.suspicions import warnings
from local_aws.iam.unsigned import unsigned_findings
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest
from local_aws.record import Gate, Record
from policies.function import Function
from policies.render import POLICIES


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Access:
    function: Function
    callers_file: Path = CALLERS_FILE
    policies: Path = POLICIES
    now: Callable[[], datetime] = utc_now
    more: Tables = field(default_factory=dict, repr=False)
    """Callers besides those of the file."""
    issuer: str = "http://127.0.0.1:9010/oidc"
    """The identity provider of a role that names no other."""
    roles_file: Path = ROLES_FILE
    sessions: Sessions = field(default_factory=Sessions, repr=False)

    def authenticate(self, request: ReceivedRequest, record: Record, unsigned: Callable[..., Refusal]) -> Caller:
        """The caller who signed. Raises `unsigned`, or the Refusal of a malformed or wrong signature."""
        record.at, record.region = Gate.CLAIM, self.function.region
        record.claim = claim_of(request)
        if record.claim is None:
            raise unsigned(*unsigned_findings(request))
        record.at = Gate.SIGNATURE
        record.callers = read_callers(self.function, self.callers_file, self.policies, self.more)
        record.callers |= self._session_of(record.claim.access_key_id)
        hosts = (self.function.domain_name, self.function.invoke_api_host)
        record.caller = verify(request, record.claim, record.callers, self.function.region, self.now(), hosts)
        record.warnings = (*warnings(request, record.claim), *policy_warnings(record.caller))
        return record.caller

    def roles(self) -> dict[str, Role]:
        return read_roles(self.function, self.issuer, self.roles_file, self.policies)

    def _session_of(self, access_key_id: str) -> dict[str, Caller]:
        """The role's session with this key, with the role's policies as they are now."""
        session = self.sessions.get(access_key_id)
        if session is None:
            return {}
        role = self.roles().get(session.name)  # a session is named as its role
        return {access_key_id: replace(session, statements=role.statements if role else ())}


def policy_warnings(caller: Caller) -> tuple[Finding, ...]:
    arns = [arn for statement in caller.statements for arn in statement.incomplete_arns]
    return tuple(Finding("arn_incomplete", True, {"name": arn, "expected": completed(arn)}) for arn in arns)
