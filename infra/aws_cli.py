"""Runs the aws CLI, version 1 or 2: shows each command as `$ aws ...`, then its answer.

Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
"""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from infra.errors import AwsError, StepError

# AWS's error codes for a thing that doesn't exist.
ABSENT = ("NoSuchEntity", "ResourceNotFoundException", "RepositoryNotFoundException", "ImageNotFoundException")

Option = str | int | Sequence[str] | None  # True: an option without a value. None: no option


class Aws:
    """The aws CLI for one region. The variable AWS names another executable."""

    def __init__(self, region: str) -> None:
        self._program = program()
        # Version 1 reads only AWS_DEFAULT_REGION. Version 2 would open a pager.
        fixed = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_DEFAULT_OUTPUT": "json", "AWS_PAGER": ""}
        self._environment = os.environ | fixed

    def run(self, command: str, *, secret: bool = False, **options: Option) -> Any:
        """Runs `aws COMMAND` and returns its answer, parsed if it is JSON. `user_name="x"` becomes `--user-name x`.

        With `secret` the answer isn't shown. Raises AwsError.
        """
        words = [*command.split(), *option_words(options)]
        print("$ aws " + shlex.join(words), flush=True)
        finished = execute([self._program, *words], self._environment)
        if finished.returncode != 0:
            raise aws_error(command, finished.stderr)
        answer = parsed(finished.stdout)
        if answer is not None:
            print("  " + ("(holds a secret: not shown)" if secret else shown(answer)), flush=True)
        return answer

    def ask(self, command: str, **options: Option) -> Any:
        """As `run`, but returns None if the thing doesn't exist."""
        try:
            return self.run(command, secret=False, **options)
        except AwsError as error:
            if error.code not in ABSENT:
                raise
            print("  (there is none)", flush=True)
            return None


def option_words(options: Mapping[str, Option]) -> list[str]:
    words: list[str] = []
    for name, value in options.items():
        if value is None:
            continue
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words += [str(value)] if isinstance(value, str | int) else value
    return words


def program() -> str:
    return os.environ.get("AWS") or "aws"


def execute(command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        raise StepError(
            f"{command[0]} can't be run ({error.strerror}): install the aws CLI, version 2 or 1 "
            "(AWS CLI User Guide, 'Installing or updating to the latest version'), or name it with AWS=<path>"
        ) from error


def aws_error(command: str, stderr: str) -> AwsError:
    found = re.search(r"An error occurred \((\w+)\)", stderr)
    return AwsError(f"aws {command}", found[1] if found else "", " ".join(stderr.split()) or "nothing")


def parsed(output: str) -> Any:
    """The JSON; the text of a command that writes text; None if it writes nothing."""
    try:
        return json.loads(output)
    except ValueError:
        return output.strip() or None


def shown(answer: Any) -> str:
    return answer.replace("\n", "\n  ") if isinstance(answer, str) else json.dumps(answer)


def configured_region() -> str:
    """AWS_REGION, AWS_DEFAULT_REGION, or the region of the CLI's profile. Raises StepError if all are missing."""
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not named:
        named = execute([program(), "configure", "get", "region"], dict(os.environ)).stdout.strip()
    if not named:
        raise StepError("no region is given: name it at the end of the command, as in AWS_REGION=ap-northeast-1")
    return named
