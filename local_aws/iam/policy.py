"""IAM policies: reads the part of the language that callers of a function need, and compares it with a call.

An unknown element, operator or key is rejected by name when the policy is read: nothing is ever silently satisfied.
Source: AWS IAM User Guide, "IAM JSON policy element reference".
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from local_aws.errors import ConfigurationError, RepeatedSid
from local_aws.iam.wildcards import arn_like, like, lower, resource_like

# As AWS reads them when a policy is put: a service without wildcards, in an action one colon.
ACTION_FORM = r"\*|[A-Za-z0-9-]+:[^:]+"
RESOURCE_FORM = r"\*|arn:[^:]+(:[^:*?]*(:.*)?)?"
ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
CONDITION_KEYS = {"lambda:FunctionUrlAuthType", "lambda:FunctionArn", "lambda:InvokedViaFunctionUrl"}
ARN_FIELDS = 6
Context = Mapping[str, str]


@dataclass(frozen=True)
class UnmetCondition:
    """`given` is the call's value of the key; None where the call has no such key."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    given: str | None


@dataclass(frozen=True)
class Statement:
    """`actions` and `resources` are patterns; with `not_actions` the action must match none of them.

    `source` is the statement in the policy's own JSON, and `policy` the name of its file. `incomplete_arns` are those
    with fewer than six fields, which AWS completes.
    """

    sid: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]  # operator, key, values
    not_actions: bool = False
    not_resources: bool = False
    incomplete_arns: tuple[str, ...] = ()
    policy: str = ""
    source: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def covers(self, action: str, resource: str) -> bool:
        """Whether action and resource match, whatever the conditions."""
        return (
            any(like(lower(action), lower(pattern)) for pattern in self.actions) != self.not_actions
            and any(resource_like(resource, pattern) for pattern in self.resources) != self.not_resources
        )

    def unmet_condition(self, context: Context) -> UnmetCondition | None:
        """The first condition that isn't met. A key that the call doesn't have meets no condition."""
        for operator, key, values in self.conditions:
            given = context.get(key)
            if given is None or not any(OPERATORS[operator](given, value) for value in values):
                return UnmetCondition(operator, key, values, given)
        return None


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringLike": like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "ArnLike": arn_like,
}


def read_policy(text: str, name: str) -> tuple[Statement, ...]:
    """The statements of a rendered policy. Raises ConfigurationError, which names what isn't known."""
    return read_document(text, "policy", name, statement_of)


def read_document(
    text: str, kind: str, name: str, statement_of: Callable[[int, Any, str], Statement]
) -> tuple[Statement, ...]:
    """The statements of a document: `statement_of` reads one, by its number, its JSON and the document's name."""
    try:
        document = json.loads(text, object_pairs_hook=without_duplicates)
        reject_unknown("element", document, {"Version", "Id", "Statement"})
        if document.get("Version") != "2012-10-17":
            raise ValueError(f"has the Version {document.get('Version')!r}: write 2012-10-17")
        if "Statement" not in document:
            raise ValueError("has no Statement: write what it allows or denies")
        elements = enumerate(as_list(document["Statement"]), 1)
        statements = tuple(statement_of(number, element, name) for number, element in elements)
        reject_repeated_sids(statements, f"{kind} {name}")
        return statements
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"the {kind} {name} is not JSON: {error}") from error
    except ValueError as error:
        raise ConfigurationError(f"the {kind} {name} {error}") from error


def statement_of(number: int, element: Any, policy: str) -> Statement:
    reject_unknown("element", element, ELEMENTS)
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        if (one in element) == (other in element):
            raise ValueError(f"has a statement with both or none of {one} and {other}: write one of them")
    resources = patterns_of(element.get("Resource", element.get("NotResource")), RESOURCE_FORM, "arn:aws:lambda:...")
    return Statement(
        sid=sid_of(element, number),
        effect=effect_of(element),
        actions=patterns_of(element.get("Action", element.get("NotAction")), ACTION_FORM, "lambda:InvokeFunction"),
        not_actions="NotAction" in element,
        resources=tuple(map(completed, resources)),
        not_resources="NotResource" in element,
        incomplete_arns=tuple(arn for arn in resources if completed(arn) != arn),
        conditions=tuple(conditions_of(element.get("Condition", {}), CONDITION_KEYS)),
        policy=policy,
        source=element,
    )


def effect_of(element: Mapping[str, Any]) -> str:
    effect = element.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise ValueError(f"has the Effect {effect!r}: write Allow or Deny")
    return str(effect)


def sid_of(element: Mapping[str, Any], number: int) -> str:
    sid = element.get("Sid", "")
    if not isinstance(sid, str) or not re.fullmatch(r"[0-9A-Za-z]*", sid):
        raise ValueError(f"has the Sid {sid!r}: write letters and digits alone")
    return sid or f"number {number}"


def reject_repeated_sids(statements: Iterable[Statement], policy: str) -> None:
    sids = [statement.sid for statement in statements]
    for sid in sids:
        if sids.count(sid) > 1:
            raise RepeatedSid(policy, sid)


def completed(arn: str) -> str:
    """AWS's guide takes a field that is missing at an ARN's end for `*`. UNVERIFIED (arn-of-five-fields)"""
    return arn if arn == "*" else ":".join([*arn.split(":"), *["*"] * (ARN_FIELDS - len(arn.split(":")))])


def patterns_of(value: Any, form: str, example: str) -> tuple[str, ...]:
    patterns = texts_of(value)
    for pattern in patterns:
        if not re.fullmatch(form, pattern):  # it could never match, and AWS refuses it as well
            raise ValueError(f"has {pattern!r}: write it in the form {example}, or *")
    return patterns


def conditions_of(element: Any, known: Collection[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    reject_unknown("condition operator", element, OPERATORS)
    for operator, values_of in element.items():
        reject_unknown("condition key", values_of, known)
        for key, values in values_of.items():
            yield operator, key, texts_of(values)


def texts_of(value: Any) -> tuple[str, ...]:
    texts = tuple(str(v).lower() if isinstance(v, bool) else v for v in as_list(value))
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"has the value {text!r}: write a string, or a list of strings")
        if "${" in text:
            raise ValueError(f"has the policy variable {text!r}, which the stand-in doesn't know")
    return texts


def as_list(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ValueError("has an empty list: write what belongs there")
    return values


def reject_unknown(what: str, given: Any, known: Collection[str]) -> None:
    if not isinstance(given, dict):
        raise ValueError(f"has {given!r} where an object is expected")
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, 1, 0.85)
            remedy = f"did you mean {near[0]}?" if near else "remove it"
            raise ValueError(f"has the {what} {key!r}, which the stand-in doesn't know: {remedy}")


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError(f"has a name twice among {[key for key, _ in pairs]}")
    return mapping
