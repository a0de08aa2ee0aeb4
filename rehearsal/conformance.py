"""The rehearsal of `make aws-conformance`: a whole run, one that is stopped, and one that is killed, then cleaned up.

The cases in which ministack differs from AWS are pinned, each with ministack's own answer. Any other difference fails
the rehearsal, and so does a pinned case that agrees.
"""

import json
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.case import answer_line
from conformance.running import known_differences
from rehearsal.local_cloud import ACCOUNT_ID
from rehearsal.runner import PYTHON, Failed, Rehearsal

USER = "conformance-rehearsal"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def conformance_round(rehearsal: Rehearsal, folder: Path) -> None:
    file = folder / "conformance.json"
    with user_of_its_own(rehearsal) as variables:

        def run(*words: str, expected: str = "", code: int = 0, **more: str) -> str:
            command = (PYTHON, "-m", "rehearsal.account", str(file), *words)
            more = variables | more
            return rehearsal.run(*command, expected=expected, more=more, typed=ACCOUNT_ID[-4:], code=code)

        def nothing_left() -> str:
            run("--clean", expected="Nothing is left to remove")
            return "nothing is left"

        def stopped() -> str:
            run(code=130, STOP_WITH=str(int(signal.SIGTERM)))
            return nothing_left()

        def killed() -> str:
            run(code=-signal.SIGKILL, STOP_WITH=str(int(signal.SIGKILL)))
            run("--clean", expected="cloudformation delete-stack")
            return nothing_left()

        rehearsal.do("aws-conformance", lambda: compared(run(), file))
        rehearsal.do("aws-conformance, stopped", stopped)
        rehearsal.do("aws-conformance, killed", killed)


@contextmanager
def user_of_its_own(rehearsal: Rehearsal) -> Iterator[dict[str, str]]:
    """Its key, as variables: ministack's own key is that of the root user, who can't assume a role."""

    def iam(command: str, *words: str) -> str:
        return rehearsal.run(rehearsal.variables["AWS"], "iam", command, "--user-name", USER, *words)

    iam("create-user")
    iam("attach-user-policy", "--policy-arn", ADMINISTRATOR)
    query = ("--query", "AccessKey.[AccessKeyId, SecretAccessKey]", "--output", "json")
    key, secret = json.loads(iam("create-access-key", *query))
    yield {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    iam("delete-access-key", "--access-key-id", key)
    iam("detach-user-policy", "--policy-arn", ADMINISTRATOR)
    iam("delete-user")


def compared(output: str, file: Path) -> str:
    """Raises Failed unless exactly the known cases differ, each with its known answer."""
    rows, known = json.loads(file.read_text("utf-8"))["cases"], known_differences("local-aws")
    differs = {row["case"]: own_answer(row) for row in rows if row["outcome"] != "agrees"}
    new, gone = sorted(differs.keys() - known), sorted(known.keys() - differs)
    other = sorted(name for name in known.keys() & differs if known[name] != differs[name])
    if new or gone or other:
        lines = "\n".join(row for name in new + other for row in rows_of(name, output))
        message = f"not in known_differences.toml: {new}; there, but agree: {gone}"
        raise Failed(f"{message}; there, with another answer: {other}\n{lines}")
    return f"{len(rows) - len(differs)} cases agree, {len(differs)} differ as is known"


def own_answer(row: dict[str, Any]) -> str:
    """As known_differences.toml has it: without an answer, the outcome."""
    return answer_line(row["status"], row["error_type"]) if row["status"] else row["outcome"]


def rows_of(name: str, output: str) -> list[str]:
    """The line of a case, and the lines below that say how it differs."""
    return re.findall(rf"^[a-z ]+  {name} .*\n(?: {{9}}.*\n)*", output, re.MULTILINE)
