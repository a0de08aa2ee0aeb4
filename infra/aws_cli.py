"""Runs the aws CLI, version 1 or 2: shows each command as `$ aws ...`, and what came back.

It knows nothing of Lambda: what is run, and when, stands in the steps.
Source: AWS CLI User Guide, "Environment variables" and "Return codes".
"""

import json
import os
import re
import shlex
import subprocess
from typing import Any

from infra.errors import AwsError, StepError

# The codes of AWS's services for "there is no such thing".
ABSENT = (
    "NoSuchEntity",
    "ResourceNotFoundException",
    "RepositoryNotFoundException",
    "ImageNotFoundException",
)


class Aws:
    """The aws CLI for one region. AWS in the environment names another executable."""

    def __init__(self, region: str) -> None:
        self._program = os.environ.get("AWS") or "aws"
        # Version 1 reads AWS_DEFAULT_REGION only; version 2 would open a pager.
        fixed = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_DEFAULT_OUTPUT": "json", "AWS_PAGER": ""}
        self._environment = os.environ | fixed

    def run(self, *words: str, secret: bool = False) -> Any:
        """The answer, parsed where it is JSON. With `secret` it isn't shown. Raises AwsError."""
        print("$ aws " + shlex.join(words), flush=True)
        finished = execute([self._program, *words], self._environment)
        if finished.returncode != 0:
            raise aws_error(words, finished.stderr)
        answer = parsed(finished.stdout)
        if answer is not None:
            print("  " + ("(holds a secret: not shown)" if secret else shown(answer)), flush=True)
        return answer

    def ask(self, *words: str) -> Any:
        """As `run`, but None where the thing doesn't exist."""
        try:
            return self.run(*words)
        except AwsError as error:
            if error.code not in ABSENT:
                raise
            print("  (there is none)", flush=True)
            return None


def execute(command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        raise StepError(
            f"{command[0]} can't be run ({error.strerror}): install the aws CLI, version 2 or 1 "
            "(AWS CLI User Guide, 'Installing or updating to the latest version'), or name it with AWS=<path>"
        ) from error


def aws_error(words: tuple[str, ...], stderr: str) -> AwsError:
    found = re.search(r"An error occurred \((\w+)\)", stderr)
    message = " ".join(stderr.split()) or "nothing"
    return AwsError("aws " + " ".join(words[:2]), found[1] if found else "", message)


def parsed(output: str) -> Any:
    """The JSON; text where a command writes text; None where it writes nothing."""
    try:
        return json.loads(output)
    except ValueError:
        return output.strip() or None


def shown(answer: Any) -> str:
    return answer.replace("\n", "\n  ") if isinstance(answer, str) else json.dumps(answer)


def configured_region() -> str:
    """AWS_REGION, AWS_DEFAULT_REGION, or the region of the CLI's profile. Raises StepError where none is given."""
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not named:
        program = os.environ.get("AWS") or "aws"
        named = execute([program, "configure", "get", "region"], dict(os.environ)).stdout.strip()
    if not named:
        raise StepError("no region is given: name it, as in: make aws-up AWS_REGION=ap-northeast-1")
    return named
