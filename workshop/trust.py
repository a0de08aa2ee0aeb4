"""Checks a learner's trust policy: one service account of the local issuer gets the role, and nobody else."""

from pathlib import Path

from local_aws.iam.roles import AUDIENCE
from local_aws.iam.trust import read_trust_policy, refusal_finding, trust_decision
from local_aws.reasons import language_of
from policies.render import provider_name, render_trust_policy
from workshop.policy import FUNCTION, Fault

ISSUER = "http://127.0.0.1:9010/oidc"
SUBJECT = "system:serviceaccount:default:edge-caller"
STRANGERS = (
    "system:serviceaccount:default:other",
    "system:serviceaccount:other:edge-caller",
    "system:serviceaccount:default:edge-caller-2",
)


def trust_fault_in(path: Path) -> Fault | None:
    """The first fault of the trust policy in this file. Raises ConfigurationError where it can't be read."""
    text = render_trust_policy(path.read_text("utf-8"), FUNCTION.account_id, ISSUER, SUBJECT)
    statements = read_trust_policy(text, path.name)

    def decision(subject: str, audience: str = AUDIENCE) -> tuple[bool, str]:
        claims = {"iss": ISSUER, "sub": subject}
        decided = trust_decision(statements, FUNCTION.account_id, claims, audience)
        return decided.allowed, "" if decided.allowed else refusal_finding(decided, path.name).because(language_of())

    allowed, because = decision(SUBJECT)
    if not allowed:
        return Fault("trust_refuses", {"subject": SUBJECT, "because": because})
    for stranger in STRANGERS:
        if decision(stranger)[0]:
            return Fault("trust_too_wide", {"subject": stranger})
    if decision(SUBJECT, "https://another.audience")[0]:
        return Fault("trust_audience", {"key": f"{provider_name(ISSUER)}:aud"})
    return None
