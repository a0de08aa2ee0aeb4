"""Runs other programs (docker, git), and says in one sentence what is missing when one of them fails.

It needs no packages, so it works before `make setup`.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

DOCKER = os.environ.get("DOCKER") or "docker"
# BuildKit is a client's choice before Docker 23; the Dockerfiles need it.
ENVIRONMENT = {"DOCKER_BUILDKIT": "1", **os.environ}


class ToolError(Exception):
    """A tool, a login or a variable is missing, or a command failed. The message says which, and what to do."""


def run(*command: str, secret_input: str | None = None) -> None:
    """Prints the command and runs it; its output goes to the terminal. Raises ToolError when it fails."""
    print("$ " + " ".join(command), flush=True)
    status = finished(command, input=secret_input).returncode
    if status != 0:
        raise ToolError(f"{command[0]} {command[1]} failed with status {status}: its message is above")


def output(*command: str) -> str:
    """The command's output. Raises ToolError with its message when it fails."""
    ended = finished(command, capture_output=True)
    if ended.returncode != 0:
        message = " ".join(ended.stderr.split()) or f"status {ended.returncode}"
        raise ToolError(f"{command[0]} {command[1]} failed: {message}")
    return ended.stdout.strip()


def finished(command: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(command, text=True, env=ENVIRONMENT, check=False, **options)
    except OSError as error:
        message = f"{command[0]} can't be run: install it, or name another one (`make doctor` says how)"
        raise ToolError(message) from error


def check_engine() -> None:
    """Raises ToolError unless a Docker engine answers."""
    try:
        output(DOCKER, "version", "--format", "{{.Server.Version}}")
    except ToolError as error:
        if "can't be run" in str(error):
            raise
        raise ToolError(f"no Docker engine answers: start Docker, then try again ({error})") from error


def compose_program() -> list[str]:
    """COMPOSE if it is set, else Docker's plugin if it is installed, else docker-compose."""
    if os.environ.get("COMPOSE"):
        return shlex.split(os.environ["COMPOSE"])
    try:
        output(DOCKER, "compose", "version")
    except ToolError:
        return ["docker-compose"]
    return [DOCKER, "compose"]


def exit_with(main: Callable[[], None]) -> None:
    """Runs a script's main; a ToolError ends it with one sentence and exit code 1."""
    try:
        main()
    except ToolError as error:
        sys.exit(f"{sys.argv[0].rpartition('/')[2].removesuffix('.py')}: {error}")
