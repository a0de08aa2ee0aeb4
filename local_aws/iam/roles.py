"""The roles of roles.toml, with their trust policy and policies, read again at each request so that edits count."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_aws.errors import ConfigurationError
from local_aws.iam.callers import statements_of
from local_aws.iam.policy import Statement
from local_aws.iam.trust import read_trust_policy
from policies.function import Function
from policies.render import POLICIES, render_trust_policy

ROLES_FILE = Path(__file__).parent / "roles.toml"
AUDIENCE = "sts.amazonaws.com"
REQUIRED = {"trust_policy": str, "subjects": list, "policies": list}
OPTIONAL = {"issuer": str, "audiences": list}
EXPECTED = {str: "a text in quotes", list: "a list of texts in quotes"}

is_role_name = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII).fullmatch
is_issuer = re.compile(
    r"https://[^\s/?#@]+[^\s?#]*[^\s?#/]|http://(127\.0\.0\.1|localhost)(:\d+)?/[^\s?#]*[^\s?#/]"
).fullmatch


@dataclass(frozen=True)
class Role:
    """`issuer` is the URL of its identity provider, `audiences` are that provider's client IDs."""

    name: str
    account_id: str
    issuer: str
    audiences: tuple[str, ...]
    trust: tuple[Statement, ...] = field(repr=False)
    statements: tuple[Statement, ...] = field(repr=False)

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:role/{self.name}"


def read_roles(
    function: Function, local_issuer: str, path: Path = ROLES_FILE, policies: Path = POLICIES
) -> dict[str, Role]:
    """The roles by name. Raises ConfigurationError: what was expected."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path.name} can't be read: {error}") from error
    return {name: role_of(name, table, function, local_issuer, path.name, policies) for name, table in tables.items()}


def role_of(name: str, table: Any, function: Function, local_issuer: str, file: str, policies: Path) -> Role:
    try:
        check_table(name, table)
    except ValueError as error:
        raise ConfigurationError(f"{file}: [{name}] {error}") from error
    issuer, trust = table.get("issuer", local_issuer), table["trust_policy"]
    try:
        text = (policies / trust).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the trust policy {trust} can't be read: {error}") from error
    rendered = [render_trust_policy(text, function.account_id, issuer, subject) for subject in table["subjects"]]
    return Role(
        name=name,
        account_id=function.account_id,
        issuer=issuer,
        audiences=tuple(table.get("audiences", [AUDIENCE])),
        trust=tuple(statement for document in rendered for statement in read_trust_policy(document, trust)),
        statements=tuple(s for policy in table["policies"] for s in statements_of(policies / policy, function)),
    )


def check_table(name: str, table: Any) -> None:
    if not isinstance(table, dict):
        raise ValueError("isn't a table: begin each role with its name in brackets, on a line of its own")
    if not is_role_name(name):
        raise ValueError("isn't a role's name: use up to 64 letters, digits and _ + = , . @ -")
    for key in table:
        if key not in REQUIRED | OPTIONAL:
            raise ValueError(f"has {key}, which is unknown: remove it")
    for key, kind in (REQUIRED | OPTIONAL).items():
        if key not in table and key in OPTIONAL:
            continue
        value = table.get(key)
        texts = value if isinstance(value, list) else [value]
        if not isinstance(value, kind) or not value or not all(isinstance(text, str) and text for text in texts):
            raise ValueError(f"needs {key} to be {EXPECTED[kind]}")
    if not is_issuer(table.get("issuer", "https://an.issuer")):
        raise ValueError(
            "needs an issuer that begins with https:// (http:// on this machine) and has no slash at its end"
        )
