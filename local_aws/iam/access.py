"""Who calls, and whether they may: the signature first, then each action against the caller's policies.

It doesn't know what a door answers to an unsigned request or one that isn't allowed: the doors do.
Source: AWS Lambda Developer Guide, "Control access to Lambda function URLs".
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from local_aws.errors import Refusal
from local_aws.iam.callers import CALLERS_FILE, Caller, read_callers
from local_aws.iam.claim import claim_of
from local_aws.iam.policy import Context, Denial, denial
from local_aws.iam.signature import verify
from local_aws.received import ReceivedRequest
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

    def authenticate(self, request: ReceivedRequest, unsigned: Refusal) -> Caller:
        """The caller who signed. Raises `unsigned`, or the Refusal of a malformed or wrong signature."""
        claim = claim_of(request)
        if claim is None:
            raise unsigned
        callers = read_callers(self.function, self.callers_file, self.policies)
        return verify(request, claim, callers, self.function.region, self.now())

    def denial(self, caller: Caller, action: str, resource: str, context: Context) -> Denial | None:
        """Why the caller may not, or None where it may."""
        found = denial(caller.statements, action, resource, context)
        if found is None:
            return None
        return replace(found, reason=f"the policies of {caller.name} don't allow {action}: {found.reason}")
