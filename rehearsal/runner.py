"""Rehearsal: runs one command after another, checks its output and its changes, and keeps a table with times."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dotenv import dotenv_values

PYTHON = sys.executable
READING = ("get-", "list-", "describe-", "simulate-", "wait", "attach-")  # attach-* is idempotent


class Failed(Exception):
    """A step of the rehearsal didn't do what it should. The message says which, and holds its output."""


class Rehearsal:
    """Runs the steps, and keeps for each its name, how long it took, and how it ended."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.dev_vars = Path(variables["DEV_VARS"])
        self.address = variables["ECR_REGISTRY"]
        self.table: list[tuple[str, float, str]] = []

    def do(self, name: str, work: Callable[[], str]) -> None:
        print(f"  {name} ...", flush=True)
        started = time.monotonic()
        try:
            result = work()
        except Exception:
            self.table.append((name, time.monotonic() - started, "FAILED"))
            raise
        self.table.append((name, time.monotonic() - started, result))

    def leave_out(self, name: str, reason: str) -> None:
        self.table.append((name, 0.0, f"left out: {reason}"))

    def run(
        self, *command: str, expected: str = "", more: dict[str, str] | None = None, typed: str = "", code: int = 0
    ) -> str:
        """The output. Raises Failed for another exit code, for a lack of what is expected, and for a secret."""
        variables, secrets = self.variables | (more or {}), {self._secret()}
        finished = subprocess.run(command, env=variables, input=typed, capture_output=True, text=True)
        output = finished.stdout + finished.stderr
        secrets |= {self._secret(), (more or {}).get("AWS_SECRET_ACCESS_KEY")}
        if any(secret and secret in output for secret in secrets):
            raise Failed(f"{' '.join(command)} shows the secret access key")
        if finished.returncode != code or expected not in output:
            raise Failed(f"{' '.join(command)} ended with {finished.returncode}; expected {expected!r}:\n{output}")
        return output

    def _secret(self) -> str | None:
        return dotenv_values(self.dev_vars).get("AWS_SECRET_ACCESS_KEY") if self.dev_vars.exists() else None

    def command(self, name: str, *command: str, expected: str = "", more: dict[str, str] | None = None) -> None:
        """A command with its line in the table."""

        def work() -> str:
            self.run(*command, expected=expected, more=more)
            return "ok"

        self.do(name, work)

    def step(self, name: str, expected: str = "", *, unchanged: bool = False, **more: str) -> None:
        """One `make` command of the AWS side; with `unchanged` it may only look."""

        def work() -> str:
            output = self.run(PYTHON, "-m", "rehearsal.step", name, expected=expected, more=more)
            if unchanged and (changes := changing_commands(output)):
                raise Failed(f"{name}, run again, changed something: {changes}")
            return "no change" if unchanged else "ok"

        self.do(name + (" again" if unchanged else ""), work)

    def print_table(self) -> None:
        width = max(len(name) for name, _, _ in self.table)
        print()
        for name, seconds, result in self.table:
            print(f"  {name:<{width}}  {seconds:6.1f} s  {result}")


def changing_commands(output: str) -> list[str]:
    commands = [line.split()[2:4] for line in output.splitlines() if line.startswith("$ aws ")]
    return [" ".join(words) for words in commands if not words[1].startswith(READING)]
