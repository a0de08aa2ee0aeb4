"""IAM policies: renders, reads and evaluates the part of the language that callers of a function need.

What it doesn't know it refuses by name when the policy is read: nothing is ever silently satisfied. Resource-based
policies, permissions boundaries and service control policies are left out.
Source: AWS IAM User Guide, "Policy evaluation logic" and "IAM JSON policy element reference".
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.errors import ConfigurationError
from local_aws.function import Function

ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
Context = Mapping[str, str]


@dataclass(frozen=True)
class Statement:
    """`actions` and `resources` are patterns; `not_actions` says that the action must match none of them."""

    sid: str
    effect: str
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]  # operator, key, values

    def applies(self, action: str, resource: str, context: Context) -> bool:
        return (
            any(like(action.lower(), pattern.lower()) for pattern in self.actions) != self.not_actions
            and any(like(resource, pattern) for pattern in self.resources) != self.not_resources
            and all(
                key.lower() in context and any(OPERATORS[operator](context[key.lower()], v) for v in values)
                for operator, key, values in self.conditions
            )
        )


def like(text: str, pattern: str) -> bool:
    """IAM's wildcards: `*` is any text, `?` any one character."""
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, text, re.DOTALL) is not None


def arn_like(arn: str, pattern: str) -> bool:
    """Each of an ARN's six parts is compared on its own: a `*` doesn't reach across a colon."""
    parts, patterns = arn.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) == 6 and all(map(like, parts, patterns))


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringLike": like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "ArnLike": arn_like,
}


@dataclass(frozen=True)
class Denial:
    explicit: bool
    reason: str


def denial(statements: Iterable[Statement], action: str, resource: str, context: Context) -> Denial | None:
    """Why the action isn't allowed; None where it is. An explicit Deny wins, and nothing is allowed by default."""
    context = {key.lower(): value for key, value in context.items()}
    applying = [statement for statement in statements if statement.applies(action, resource, context)]
    for statement in applying:
        if statement.effect == "Deny":
            return Denial(True, f"the statement {statement.sid!r} denies {action}")
    return None if applying else Denial(False, f"no statement allows it on {resource}")


def render_policy(text: str, function: Function) -> str:
    """The policy with REGION, ACCOUNT_ID and FUNCTION_NAME replaced: what is attached to a user, here and at AWS."""
    values = {"REGION": function.region, "ACCOUNT_ID": function.account_id, "FUNCTION_NAME": function.name}
    return re.sub(r"\b(REGION|ACCOUNT_ID|FUNCTION_NAME)\b", lambda token: values[token[0]], text)


def read_policy(text: str, name: str) -> tuple[Statement, ...]:
    """The statements of a rendered policy. Raises ConfigurationError, which names what isn't known."""
    try:
        document = json.loads(text, object_pairs_hook=_without_duplicates)
    except ValueError as error:
        raise ConfigurationError(f"{name} is not JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), list | dict):
        raise ConfigurationError(f"{name} has no Statement: a policy is an object with Version and Statement")
    _refuse_unknown(name, "element", document, {"Version", "Id", "Statement"})
    if document.get("Version") != "2012-10-17":
        raise ConfigurationError(f"{name} has the Version {document.get('Version')!r}: write 2012-10-17")
    statements = document["Statement"]
    return tuple(_statement(s, name) for s in (statements if isinstance(statements, list) else [statements]))


def _statement(element: dict[str, Any], name: str) -> Statement:
    _refuse_unknown(name, "element", element, ELEMENTS)
    if element.get("Effect") not in ("Allow", "Deny"):
        raise ConfigurationError(f"{name} has the Effect {element.get('Effect')!r}: write Allow or Deny")
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        if (one in element) == (other in element):
            raise ConfigurationError(f"{name} has a statement with both or none of {one} and {other}: write one")
    conditions: dict[str, dict[str, Any]] = element.get("Condition", {})
    _refuse_unknown(name, "condition operator", conditions, set(OPERATORS))
    return Statement(
        sid=element.get("Sid", ""),
        effect=element["Effect"],
        actions=_values(element.get("Action", element.get("NotAction")), name),
        not_actions="NotAction" in element,
        resources=_values(element.get("Resource", element.get("NotResource")), name),
        not_resources="NotResource" in element,
        conditions=tuple(
            (operator, key, _values(values, name))
            for operator, keys in conditions.items()
            for key, values in keys.items()
        ),
    )


def _values(value: Any, name: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    texts = tuple(str(v).lower() if isinstance(v, bool) else v for v in values)
    for text in texts:
        if not isinstance(text, str):
            raise ConfigurationError(f"{name} has the value {text!r}: write a string, or a list of strings")
        if "${" in text:
            raise ConfigurationError(f"{name} has the policy variable {text!r}, which the stand-in doesn't know")
    return texts


def _refuse_unknown(name: str, what: str, given: Any, known: set[str]) -> None:
    if not isinstance(given, dict):
        raise ConfigurationError(f"{name} has {given!r} where an object is expected")
    for key in given:
        if key not in known:
            raise ConfigurationError(f"{name} has the {what} {key!r}, which the stand-in doesn't know: remove it")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError(f"an object has a name twice among {[key for key, _ in pairs]}")
    return mapping
