"""Trust policies: who may assume a role with a web identity token. Reads them, evaluates them, warns of wide ones.

An unknown element, operator or key is rejected by name, as in `policy.py`.
Source: AWS IAM User Guide, "Create a role for OpenID Connect federation".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local_aws.iam.decision import Decision, decide
from local_aws.iam.policy import (
    ACTION_FORM,
    Statement,
    conditions_of,
    effect_of,
    patterns_of,
    read_document,
    reject_unknown,
    sid_of,
    texts_of,
)
from local_aws.reasons import Finding
from policies.render import GOOGLE, provider_name

ACTION = "sts:AssumeRoleWithWebIdentity"
ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Condition"}
CLAIMS = ("aud", "sub", "oaud")

match_provider = re.compile(r"arn:aws:iam::\d{12}:oidc-provider/(?P<name>[^\s*?]+)").fullmatch


def read_trust_policy(text: str, name: str) -> tuple[Statement, ...]:
    """The statements, whose `resources` are the identity providers. Raises ConfigurationError."""
    return read_document(text, "trust policy", name, statement_of)


def statement_of(number: int, element: Any, name: str) -> Statement:
    reject_unknown("element", element, ELEMENTS)
    reject_unknown("principal", element.get("Principal"), {"Federated"})
    providers = texts_of(element["Principal"].get("Federated"))
    keys = {f"{provider_of(provider)}:{claim}" for provider in providers for claim in CLAIMS}
    return Statement(
        sid=sid_of(element, number),
        effect=effect_of(element),
        actions=patterns_of(element.get("Action"), ACTION_FORM, ACTION),
        resources=providers,
        conditions=tuple(conditions_of(element.get("Condition", {}), keys)),
        policy=name,
        source=element,
    )


def provider_of(principal: str) -> str:
    """The provider's name in condition keys. Raises ValueError."""
    matched = match_provider(principal)
    if matched is None and principal != GOOGLE:
        raise ValueError(f"has the principal {principal!r}: write arn:aws:iam::<account>:oidc-provider/<issuer>")
    return matched["name"] if matched else principal


def trust_decision(statements: Iterable[Statement], account_id: str, claims: Mapping[str, Any], aud: str) -> Decision:
    """Whether a token with these verified claims may assume the role. `aud` is the audience that the provider knows."""
    name = provider_name(str(claims["iss"]))
    context = {f"{name}:aud": aud, f"{name}:sub": str(claims["sub"])}
    principal = f"arn:aws:iam::{account_id}:oidc-provider/{name}"
    if name == GOOGLE:
        principal = GOOGLE
        context |= {f"{name}:oaud": aud, f"{name}:aud": str(claims.get("azp", aud))}
    return decide(statements, ACTION, principal, context)


def refusal_finding(decision: Decision, role: str) -> Finding:
    """Why the trust policy doesn't let the token assume the role."""
    if decision.deciding:
        return Finding("trust_denied", True, {"role": role, "statement": decision.deciding.statement.sid})
    allows = [match for match in decision.matches if match.statement.effect == "Allow"]
    unmet = [match.unmet for match in allows if match.unmet]
    if not unmet:
        return Finding("trust_other_issuer", True, {"role": role, "provider": decision.resource})
    key = unmet[-1].key
    wanted = [value for condition in unmet if condition.key == key for value in condition.wanted]
    details = {"role": role, "key": key, "wanted": "' or '".join(wanted), "came": unmet[-1].given or "no such claim"}
    return Finding("trust_condition_not_met", True, details)


def warnings_of(statements: Iterable[Statement], role: str) -> tuple[Finding, ...]:
    """A statement that lets every subject of its issuer assume the role."""
    return tuple(
        Finding(code, True, {"role": role, "statement": statement.sid})
        for statement in statements
        if statement.effect == "Allow"
        for code in wide(statement)
    )


def wide(statement: Statement) -> Iterator[str]:
    subjects = [values for _, key, values in statement.conditions if key.endswith(":sub")]
    if not subjects:
        yield "trust_no_subject"
    elif all(any(not value.strip("*?") for value in values) for values in subjects):
        yield "trust_any_subject"
