"""The roles of roles.toml, with their trust policy and policies, read again at each request so that edits count."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_aws.errors import ConfigurationError
from local_aws.iam.callers import TEXT, check_keys, read_tables, statements_of, text_of
from local_aws.iam.policy import Statement
from local_aws.iam.trust import read_trust_policy
from policies.function import Function
from policies.render import POLICIES, render_trust_policy

ROLES_FILE = Path(__file__).parent / "roles.toml"
AUDIENCE = "sts.amazonaws.com"
TEXTS = (list, "a list of texts in quotes")
REQUIRED = {"trust_policy": TEXT, "subjects": TEXTS, "policies": TEXTS}
OPTIONAL = {"issuer": TEXT, "audiences": TEXTS}

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
    tables = read_tables(path).items()
    return {name: role_of(name, table, function, local_issuer, path.name, policies) for name, table in tables}


def role_of(name: str, table: Any, function: Function, local_issuer: str, file: str, policies: Path) -> Role:
    try:
        check_table(name, table)
    except ValueError as error:
        raise ConfigurationError(f"{file}: [{name}] {error}") from error
    issuer, trust = table.get("issuer", local_issuer), table["trust_policy"]
    text = text_of(policies / trust, "trust policy")
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
    check_keys("role", table, REQUIRED, OPTIONAL)
    if not is_role_name(name):
        raise ValueError("isn't a role's name: use up to 64 letters, digits and _ + = , . @ -")
    for key, value in table.items():
        if isinstance(value, list) and not (value and all(isinstance(text, str) and text for text in value)):
            raise ValueError(f"needs {key} to be {TEXTS[1]}")
    if not is_issuer(table.get("issuer", "https://an.issuer")):
        raise ValueError(
            "needs an issuer that begins with https:// (http:// on this machine) and has no slash at its end"
        )
