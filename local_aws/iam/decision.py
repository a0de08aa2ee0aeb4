"""Evaluates one action against a caller's policies, and keeps what decided: for the log, the page and `why-403`.

An explicit Deny wins, and nothing is allowed by default. Resource-based policies, permissions boundaries and service
control policies are left out.
Source: AWS IAM User Guide, "Policy evaluation logic".
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from local_aws.iam.policy import Context, Statement, UnmetCondition
from local_aws.reasons import Finding


@dataclass(frozen=True)
class Match:
    """A statement that covers the action and the resource; it applies unless one of its conditions isn't met."""

    statement: Statement
    unmet: UnmetCondition | None

    @property
    def applies(self) -> bool:
        return self.unmet is None


@dataclass(frozen=True)
class Decision:
    """`matches` are the statements that cover the action on the resource, in the order of the policies."""

    action: str
    resource: str
    context: Context
    matches: tuple[Match, ...]
    caller: str = ""

    @property
    def deciding(self) -> Match | None:
        """The Deny that applies, else the Allow that does; None where nothing applies."""
        applying = [match for match in self.matches if match.applies]
        denying = [match for match in applying if match.statement.effect == "Deny"]
        return next(iter(denying + applying), None)

    @property
    def allowed(self) -> bool:
        return self.deciding is not None and not self.explicit_deny

    @property
    def explicit_deny(self) -> bool:
        return self.deciding is not None and self.deciding.statement.effect == "Deny"

    @property
    def unmet(self) -> Match | None:
        """The first Allow that only lacks a condition, where nothing applies."""
        allows = [match for match in self.matches if match.statement.effect == "Allow"]
        return None if self.deciding else next(iter(allows), None)

    def finding(self) -> Finding:
        """Why the action isn't allowed."""
        details = {"caller": self.caller, "action": self.action, "resource": self.resource}
        if self.deciding:
            return Finding("explicit_deny", True, details | {"statement": self.deciding.statement.sid})
        if self.unmet and self.unmet.unmet:
            condition = self.unmet.unmet
            details |= {"statement": self.unmet.statement.sid, "key": condition.key}
            details |= {"wanted": " or ".join(condition.wanted), "given": condition.given or "absent in this call"}
            return Finding("condition_not_met", True, details)
        return Finding("action_not_allowed", True, details)

    def statement_to_add(self) -> dict[str, Any]:
        """The least that allows the action, in the policy's own JSON: each key of this call's that AWS offers."""
        statement: dict[str, Any] = {"Effect": "Allow", "Action": self.action, "Resource": self.resource}
        if "lambda:FunctionUrlAuthType" in self.context:
            statement["Condition"] = {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}
        if "lambda:InvokedViaFunctionUrl" in self.context:
            statement["Condition"] = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
        return statement

    def of(self, caller: str) -> "Decision":
        return replace(self, caller=caller)


def decide(statements: Iterable[Statement], action: str, resource: str, context: Context) -> Decision:
    covering = (statement for statement in statements if statement.covers(action, resource))
    matches = tuple(Match(statement, statement.unmet_condition(context)) for statement in covering)
    return Decision(action, resource, context, matches)


def function_url_decisions(statements: Iterable[Statement], arn: str, caller: str) -> list[Decision]:
    """Both actions that a Function URL asks for, each with its own condition keys.

    For a new URL since October 2025; AWS announced it for every account from November 2026 on.
    """
    contexts = {
        "lambda:InvokeFunctionUrl": {"lambda:FunctionUrlAuthType": "AWS_IAM", "lambda:FunctionArn": arn},
        "lambda:InvokeFunction": {"lambda:InvokedViaFunctionUrl": "true"},
    }
    known = tuple(statements)
    return [decide(known, action, arn, context).of(caller) for action, context in contexts.items()]
