"""Evaluates a policy for both actions that a call needs: the statement that decides, and the one to add."""

import json
import re
from dataclasses import dataclass
from typing import Any

from local_aws.errors import ConfigurationError
from local_aws.iam.decision import function_url_decisions
from local_aws.iam.policy import read_policy
from local_aws.reasons import Finding
from policies.function import Function

FUNCTION_ARN = re.compile(r"arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?")


@dataclass(frozen=True)
class Permission:
    """One action: the Sid of the statement that decides, or why nothing allows it and a statement that would."""

    action: str
    statement: str | None
    finding: Finding | None
    add: dict[str, Any] | None


def permissions_of(policy: str, name: str, arn: str) -> list[Permission]:
    """Both actions on the function. Raises ConfigurationError for a policy that can't be evaluated."""
    decisions = function_url_decisions(read_policy(policy_document(policy), name), arn, name)
    return [
        Permission(
            decision.action,
            decision.deciding.statement.sid if decision.deciding else None,
            None if decision.allowed else decision.finding(),
            None if decision.allowed or decision.explicit_deny else decision.statement_to_add(),
        )
        for decision in decisions
    ]


def arn_for(policy: str, given: str | None, message: str | None) -> str:
    """--arn, else the function that AWS's message names, else the one that the policy names."""
    if given is not None:
        if FUNCTION_ARN.fullmatch(given):
            return given
        raise ConfigurationError(f"--arn is {given!r}: give a function's ARN, as in {Function().arn}")
    for text in (message or "", policy):
        if found := FUNCTION_ARN.search(text):
            return found[0]
    raise ConfigurationError(f"the policy names no function: give its ARN with --arn, as in --arn {Function().arn}")


def policy_document(text: str) -> str:
    """The document alone: `aws iam get-user-policy` and `get-policy-version` wrap it."""
    try:
        loaded = json.loads(text)
    except ValueError:
        return text
    version = loaded.get("PolicyVersion") if isinstance(loaded, dict) else None
    wrapped = version.get("Document") if isinstance(version, dict) else None
    if isinstance(loaded, dict) and wrapped is None:
        wrapped = loaded.get("PolicyDocument")
    return json.dumps(wrapped) if isinstance(wrapped, dict) else text
