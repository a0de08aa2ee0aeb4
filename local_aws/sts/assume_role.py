"""AssumeRoleWithWebIdentity: verifies the token, asks the role's trust policy, and begins a session.

Source: AWS STS API Reference, "AssumeRoleWithWebIdentity".
"""

from dataclasses import dataclass
from datetime import timedelta

from local_aws.iam.access import Access
from local_aws.iam.roles import Role
from local_aws.iam.trust import refusal_finding, trust_decision, warnings_of
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest
from local_aws.refusals import fact
from local_aws.sts.answers import NOT_AUTHORIZED, Granted, StsRefusal
from local_aws.sts.parameters import parameters_of
from local_aws.sts.providers import Providers
from local_aws.sts.tokens import VerifiedToken, verify_token


@dataclass(frozen=True)
class AssumeRole:
    """`session_seconds` is how long every session lasts; None: as the caller asks."""

    access: Access
    providers: Providers
    session_seconds: int | None = None

    async def answer(self, request: ReceivedRequest) -> tuple[Granted, tuple[Finding, ...]]:
        """The session, and what to warn of. Raises StsRefusal, or ConfigurationError."""
        given = parameters_of(request)
        roles = self.access.roles()
        known: dict[str, set[str]] = {}
        for role in roles.values():
            known.setdefault(role.issuer, set()).update(role.audiences)
        token = await verify_token(given.token, known, self.providers, self.access.now())
        assumed = role_with(given.role_arn, roles)
        check_trust(assumed, token)
        granted = self._begin(assumed, given.session_name, given.seconds, token)
        return granted, warnings_of(assumed.trust, assumed.name)

    def _begin(self, role: Role, session_name: str, seconds: int, token: VerifiedToken) -> Granted:
        now = self.access.now().replace(microsecond=0)
        expires_at = now + timedelta(seconds=self.session_seconds or seconds)
        caller = self.access.sessions.begin(role.account_id, role.name, session_name, now, expires_at)
        return Granted(caller, expires_at, token.subject, token.audience, token.issuer)


def role_with(arn: str, roles: dict[str, Role]) -> Role:
    for role in roles.values():
        if role.arn == arn:
            return role
    # AWS says the same of a role that doesn't exist and of one that may not be assumed.
    known = ", ".join(role.arn for role in roles.values()) or "none"
    raise StsRefusal(403, "AccessDenied", NOT_AUTHORIZED, fact("role_unknown", arn=arn, known=known))


def check_trust(role: Role, token: VerifiedToken) -> None:
    decision = trust_decision(role.trust, role.account_id, token.claims, token.audience)
    if not decision.allowed:
        raise StsRefusal(403, "AccessDenied", NOT_AUTHORIZED, refusal_finding(decision, role.name))
