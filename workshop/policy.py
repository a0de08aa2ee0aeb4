"""Checks a learner's policy: it must let a caller use one Function URL, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from local_aws.iam.decision import Decision, decide, function_url_decisions
from local_aws.iam.policy import Statement, read_policy
from local_aws.reasons import language_of
from policies.function import Function
from policies.render import render_policy
from workshop.words import texts_of

FUNCTION = Function()
NEEDED = {name.lower(): name for name in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")}  # in any case at AWS


@dataclass(frozen=True)
class Fault:
    """`code` is the name of its text in policy.toml."""

    code: str
    details: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        text: str = texts_of(Path(__file__).with_suffix(".toml"), language_of())[self.code]
        return text.format_map(self.details)


def fault_in(path: Path) -> Fault | None:
    """The first fault of the policy in this file. Raises ConfigurationError where it can't be read."""
    statements = read_policy(render_policy(path.read_text("utf-8"), FUNCTION), path.name)
    return next(faults(statements), None)


def faults(statements: Sequence[Statement]) -> Iterator[Fault]:
    for statement in statements:
        if statement.effect == "Allow":
            yield from too_much(statement)
    for decision in function_url_decisions(statements, FUNCTION.arn, ""):
        if not decision.allowed:
            yield too_little(decision)
    if decide(statements, "lambda:InvokeFunction", FUNCTION.arn, {}).allowed:
        yield Fault("without_url")


def too_much(statement: Statement) -> Iterator[Fault]:
    if statement.not_actions:
        yield Fault("not_action")
    if statement.not_resources:
        yield Fault("not_resource")
    for action in statement.actions:
        near = get_close_matches(action.lower(), NEEDED, 1, 0.85)
        if "*" in action or "?" in action:
            yield Fault("any_action", {"action": action})
        elif action.lower() not in NEEDED and near:
            yield Fault("misspelt_action", {"action": action, "meant": NEEDED[near[0]]})
        elif action.lower() not in NEEDED:
            yield Fault("other_action", {"action": action})
    for resource in statement.resources:
        if resource != FUNCTION.arn:
            yield Fault("other_function", {"resource": resource})


def too_little(decision: Decision) -> Fault:
    details = {"action": decision.action}
    if decision.unmet is None or decision.unmet.unmet is None:
        return Fault("not_allowed", details)
    if len(decision.unmet.statement.conditions) > 1:
        return Fault("both_conditions", details)
    return Fault("condition_not_met", details | {"key": decision.unmet.unmet.key})
