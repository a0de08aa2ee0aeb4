"""Where the secret comes from: .dev.vars, the environment, callers.toml, else the person at the terminal.

It never comes from an argument: arguments are seen in the process list and kept in the shell's history.
"""

import contextlib
import getpass
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_aws.iam.callers import Caller
from local_aws.iam.diagnosis import SigningKey

VARIABLE = re.compile(
    r"""(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*("[^"\n]*"|'[^'\n]*'|[^\n]*?)[ \t]*$"""
)
is_signing_key = re.compile(r"[0-9a-f]{64}").fullmatch


@dataclass(frozen=True)
class KnownKey:
    """A caller with its secret, a bare secret access key, or the signing key of one day; and where it was found."""

    key: Caller | str | SigningKey | None = field(default=None, repr=False)
    source: str = ""

    def secrets(self) -> list[str | None]:
        """What no output may show."""
        if isinstance(self.key, Caller):
            return [self.key.secret_access_key, self.key.session_token]
        return [self.key.value.hex() if isinstance(self.key, SigningKey) else self.key]


def key_of(
    access_key_id: str,
    environment: Mapping[str, str],
    dev_vars: Mapping[str, str],
    callers: Iterable[Caller],
    ask: Callable[[], str | None],
) -> KnownKey:
    """Looks for the key of this access key ID, and asks for it last. The reply may be the signing key of the day."""
    for source, variables in ((".dev.vars", dev_vars), ("environment", environment)):
        secret = variables.get("AWS_SECRET_ACCESS_KEY")
        if secret and variables.get("AWS_ACCESS_KEY_ID") == access_key_id:
            token = variables.get("AWS_SESSION_TOKEN") or None
            return KnownKey(Caller(access_key_id, "", access_key_id, secret, (), token), source)
    for caller in callers:
        if caller.access_key_id == access_key_id:
            return KnownKey(caller, "callers.toml")
    given = ask()
    if not given:
        return KnownKey()
    return KnownKey(SigningKey(bytes.fromhex(given)) if is_signing_key(given) else given, "terminal")


def read_dev_vars(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of .dev.vars, or of the file that DEV_VARS names; none where there is no such file."""
    name = environment.get("DEV_VARS", ".dev.vars")
    try:
        text = Path(name).read_text("utf-8") if name else ""
    except (OSError, ValueError):
        return {}
    return {name: value[1:-1] if value[:1] in ("'", '"') else value for name, value in VARIABLE.findall(text)}


def ask_on_the_terminal(prompt: str) -> str | None:
    """A line typed on the controlling terminal, without echo; None where there is no terminal."""
    with contextlib.suppress(OSError, EOFError):
        if os.name != "nt":
            os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))  # without it, getpass reads standard input
        return getpass.getpass(prompt).strip("\r\n")
    return None
