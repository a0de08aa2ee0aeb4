"""The callers of callers.toml, with their keys and policies, read again at each request so that edits count.

Source: AWS IAM User Guide, "IAM identifiers" (the forms of ARNs and unique IDs).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from local_aws.errors import ConfigurationError
from local_aws.iam.policy import Statement, read_policy
from policies.function import Function
from policies.render import POLICIES, render_policy

CALLERS_FILE = Path(__file__).parent / "callers.toml"
Form = tuple[type, str]
TEXT: Form = (str, "a text in quotes")
POLICY_FILES: Form = (list, 'a list, as in ["call-function-url.json"]')
TIME: Form = (datetime, "a time, as 2099-12-31T00:00:00Z")
REQUIRED = {"access_key_id": TEXT, "secret_access_key": TEXT, "policies": POLICY_FILES}
OPTIONAL = {"session_token": TEXT, "expires_at": TIME}

Tables = Mapping[str, Mapping[str, Any]]
"""Callers by name, each as a table of callers.toml."""

is_access_key_id = re.compile(r"[A-Z0-9]{16,128}").fullmatch


@dataclass(frozen=True)
class Caller:
    """An IAM user, or a session of the role `name`. With a session token the key is temporary, until `expires_at`."""

    name: str
    user_arn: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    statements: tuple[Statement, ...] = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    session_name: str = ""

    @property
    def user_id(self) -> str:
        """AWS's unique ID of a user or of a role with its session; here made from the name."""
        unique = sha256(self.name.encode()).hexdigest()[:17].upper()
        return f"AROA{unique}:{self.session_name}" if self.session_name else f"AIDA{unique}"


def read_callers(
    function: Function, path: Path = CALLERS_FILE, policies: Path = POLICIES, more: Tables | None = None
) -> dict[str, Caller]:
    """The callers by access key ID, with `more` of the same form. Raises ConfigurationError: what was expected."""
    tables = read_tables(path) | {name: dict(table) for name, table in (more or {}).items()}
    callers: dict[str, Caller] = {}
    for name, table in tables.items():
        caller = caller_of(name, table, function, path.name, policies)
        if caller.access_key_id in callers:
            raise ConfigurationError(f"{path.name}: [{name}] has the access_key_id of another caller: give it its own")
        callers[caller.access_key_id] = caller
    return callers


def read_tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path.name} can't be read: {error}") from error


def caller_of(name: str, table: Any, function: Function, file: str, policies: Path) -> Caller:
    try:
        check_table(table)
    except ValueError as error:
        raise ConfigurationError(f"{file}: [{name}] {error}") from error
    return Caller(
        name=name,
        user_arn=f"arn:aws:iam::{function.account_id}:user/{name}",
        access_key_id=table["access_key_id"],
        secret_access_key=table["secret_access_key"],
        session_token=table.get("session_token"),
        expires_at=table.get("expires_at"),
        statements=tuple(s for policy in table["policies"] for s in statements_of(policies / str(policy), function)),
    )


def check_keys(what: str, table: Any, required: Mapping[str, Form], optional: Mapping[str, Form]) -> None:
    """Raises ValueError for a key that is unknown, missing or of another form."""
    if not isinstance(table, dict):
        raise ValueError(f"isn't a table: begin each {what} with its name in brackets, on a line of its own")
    forms = {**required, **optional}
    for key in table:
        if key not in forms:
            raise ValueError(f"has {key}, which is unknown: remove it")
    for key, (kind, wanted) in forms.items():
        if (key in table or key in required) and (not isinstance(table.get(key), kind) or table[key] == ""):
            raise ValueError(f"needs {key} to be {wanted}")


def check_table(table: Any) -> None:
    check_keys("caller", table, REQUIRED, OPTIONAL)
    if not is_access_key_id(table["access_key_id"]):
        raise ValueError("needs an access_key_id of 16 or more capital letters and digits")
    expires_at = table.get("expires_at")
    if expires_at and "session_token" not in table:
        raise ValueError("has expires_at without session_token: only temporary keys expire")
    if expires_at and expires_at.tzinfo is None:
        raise ValueError("needs a time zone in expires_at: end it with Z")


def statements_of(path: Path, function: Function) -> tuple[Statement, ...]:
    return read_policy(render_policy(text_of(path, "policy"), function), path.name)


def text_of(path: Path, kind: str) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the {kind} {path.name} can't be read: {error}") from error
