"""IAM policies: renders, reads and evaluates the part of the language that callers of a function need.

What it doesn't know it refuses by name when the policy is read: nothing is ever silently satisfied. Resource-based
policies, permissions boundaries and service control policies are left out.
Source: AWS IAM User Guide, "Policy evaluation logic" and "IAM JSON policy element reference".
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.errors import ConfigurationError

ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
KEYS = {"lambda:FunctionUrlAuthType", "lambda:FunctionArn", "lambda:InvokedViaFunctionUrl"}
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

    def covers(self, action: str, resource: str) -> bool:
        """Whether it speaks of this action on this resource, whatever its conditions."""
        return (
            any(like(action.lower(), pattern.lower()) for pattern in self.actions) != self.not_actions
            and any(like(resource, pattern) for pattern in self.resources) != self.not_resources
        )

    def unmet_condition(self, context: Context) -> str | None:
        """The key of the first condition that doesn't hold. A key that the call doesn't have holds for nothing."""
        for operator, key, values in self.conditions:
            given = context.get(key)
            if given is None or not any(OPERATORS[operator](given, value) for value in values):
                return key
        return None


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
    covering = [statement for statement in statements if statement.covers(action, resource)]
    applying = [statement for statement in covering if statement.unmet_condition(context) is None]
    for statement in applying:
        if statement.effect == "Deny":
            return Denial(True, f"the statement {statement.sid!r} denies it")
    if applying:
        return None
    for statement in covering:
        if statement.effect == "Allow":
            key = statement.unmet_condition(context)
            return Denial(False, f"the statement {statement.sid!r} would, but its condition on {key} isn't met")
    return Denial(False, f"no statement does so for {resource}")


def read_policy(text: str, name: str) -> tuple[Statement, ...]:
    """The statements of a rendered policy. Raises ConfigurationError, which names what isn't known."""
    try:
        document = json.loads(text, object_pairs_hook=_without_duplicates)
        _refuse_unknown("element", document, {"Version", "Id", "Statement"})
        if document.get("Version") != "2012-10-17":
            raise ValueError(f"has the Version {document.get('Version')!r}: write 2012-10-17")
        if "Statement" not in document:
            raise ValueError("has no Statement: write what it allows or denies")
        return tuple(_statement(number, element) for number, element in enumerate(_list(document["Statement"]), 1))
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"the policy {name} is not JSON: {error}") from error
    except ValueError as error:
        raise ConfigurationError(f"the policy {name} {error}") from error


def _statement(number: int, element: Any) -> Statement:
    _refuse_unknown("element", element, ELEMENTS)
    if element.get("Effect") not in ("Allow", "Deny"):
        raise ValueError(f"has the Effect {element.get('Effect')!r}: write Allow or Deny")
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        if (one in element) == (other in element):
            raise ValueError(f"has a statement with both or none of {one} and {other}: write one of them")
    return Statement(
        sid=str(element.get("Sid", f"number {number}")),
        effect=element["Effect"],
        actions=_patterns(element.get("Action", element.get("NotAction")), r"\*|[^:]+:.+", "lambda:InvokeFunction"),
        not_actions="NotAction" in element,
        resources=_patterns(element.get("Resource", element.get("NotResource")), r"\*|arn:.+", "arn:aws:lambda:..."),
        not_resources="NotResource" in element,
        conditions=tuple(_conditions(element.get("Condition", {}))),
    )


def _patterns(value: Any, form: str, example: str) -> tuple[str, ...]:
    patterns = _texts(value)
    for pattern in patterns:
        if not re.fullmatch(form, pattern):  # it could never match, and AWS refuses it as well
            raise ValueError(f"has {pattern!r}: write it in the form {example}, or *")
    return patterns


def _conditions(element: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    _refuse_unknown("condition operator", element, set(OPERATORS))
    for operator, values_of in element.items():
        _refuse_unknown("condition key", values_of, KEYS)
        for key, values in values_of.items():
            yield operator, key, _texts(values)


def _texts(value: Any) -> tuple[str, ...]:
    texts = tuple(str(v).lower() if isinstance(v, bool) else v for v in _list(value))
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"has the value {text!r}: write a string, or a list of strings")
        if "${" in text:
            raise ValueError(f"has the policy variable {text!r}, which the stand-in doesn't know")
    return texts


def _list(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ValueError("has an empty list: write what belongs there")
    return values


def _refuse_unknown(what: str, given: Any, known: set[str]) -> None:
    if not isinstance(given, dict):
        raise ValueError(f"has {given!r} where an object is expected")
    for key in given:
        if key not in known:
            raise ValueError(f"has the {what} {key!r}, which the stand-in doesn't know: remove it")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError(f"has a name twice among {[key for key, _ in pairs]}")
    return mapping
