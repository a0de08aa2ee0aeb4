"""A fake `aws` for the PATH: it answers what the test says and records how it was called."""

import json
import shutil
from pathlib import Path
from typing import Any

from infra.caller import wanted_policy
from infra.settings import Settings

REGION, ACCOUNT, NAME, USER = "ap-northeast-1", "123456789012", "fastapi-sample", "fastapi-sample-edge-caller"
ROLE = f"{USER}-role"
SECRET = "a-secret-that-must-never-be-seen"
DIGEST = "sha256:" + "a" * 64
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/sample/fast-api-sample@{DIGEST}"
URL = f"https://{'u' * 32}.lambda-url.{REGION}.on.aws/"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/fastapi-sample-call-url"
POLICY = wanted_policy(Settings(NAME, REGION, ACCOUNT))

# An answer is a file; the last one of a command is given again and again. In sh, since Python takes long to start.
FAKE = r"""#!/bin/sh
cd '{folder}'
printf '%s\037' "$@" >>calls && echo >>calls
answers="answers/$1 $2 $4"
[ -d "$answers" ] || answers="answers/$1 $2"
[ -d "$answers" ] || {{ echo "the test gives no answer for: $*" >&2; exit 2; }}
for word; do case $word in file:///*) cat "${{word#file://}}" >file ;; esac; done
set -- "$answers"/*
status=0
case $1 in *.err) status=254; exec >&2 ;; esac
while IFS= read -r line || [ "$line" ]; do printf '%s\n' "$line"; done <"$1"
[ $# -eq 1 ] || rm "$1"
exit $status
"""


class Text(str):
    """What the CLI writes as it is, not as JSON."""


class Refusal(Text):
    """What it writes to stderr, with exit code 254."""


def refusal(code: str, message: str = "...") -> Refusal:
    return Refusal(f"\nAn error occurred ({code}) when calling the Some operation: {message}\n")


NO_ENTITY = refusal("NoSuchEntity")
NO_RESOURCE = refusal("ResourceNotFoundException")


class FakeAws:
    """What the account holds is what it answers."""

    def __init__(self, folder: Path) -> None:
        self._calls, self._answers = folder / "calls", folder / "answers"
        self._calls.touch()
        self.file = folder / "file"  # a copy of the last file that a command named
        program = folder / "aws"
        program.write_text(FAKE.format(folder=folder))
        program.chmod(0o755)

    def answers(self, command: str, *answers: Any) -> None:
        """What it answers to `aws <command> ...`: JSON, nothing (None), a Text, or a refusal().

        The command may have the value of its first option: `iam get-role NAME`.
        """
        folder = self._answers / command
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for number, answer in enumerate(answers):
            kind = "err" if isinstance(answer, Refusal) else "out"
            text = answer if isinstance(answer, Text) else "" if answer is None else json.dumps(answer)
            (folder / f"{number:03}.{kind}").write_text(text)

    @property
    def answered(self) -> set[str]:
        """The commands that it has an answer to."""
        return {folder.name for folder in self._answers.iterdir()}

    @property
    def calls(self) -> list[list[str]]:
        return [line.split("\037")[:-1] for line in self._calls.read_text().splitlines()]

    @property
    def commands(self) -> list[str]:
        return [" ".join(words[:2]) for words in self.calls]

    def changes(self) -> list[str]:
        """The commands that change something at AWS."""
        reading = ("get-", "list-", "describe-", "simulate-", "wait")
        return [command for command in self.commands if not command.split()[1].startswith(reading)]

    def call(self, command: str) -> list[str]:
        return next(words for words in self.calls if " ".join(words[:2]) == command)


EXISTING: dict[str, Any] = {
    "sts get-caller-identity": ACCOUNT,
    "ecr describe-images": DIGEST,
    "iam get-role": f"arn:aws:iam::{ACCOUNT}:role/{NAME}-role",
    f"iam get-role {ROLE}": NO_ENTITY,
    "iam list-open-id-connect-providers": [],
    "iam attach-role-policy": None,
    "lambda get-function": {"Image": IMAGE, "Architectures": ["x86_64"]},
    "lambda get-function-configuration": [None],
    "lambda get-function-url-config": URL,
    "lambda wait": None,
    "logs describe-log-groups": [[f"/aws/lambda/{NAME}", 30]],
    "iam get-policy": "v1",
    "iam get-policy-version": POLICY,
    "iam get-user": f"arn:aws:iam::{ACCOUNT}:user/{USER}",
    "iam attach-user-policy": None,
    "iam list-access-keys": [],
    "iam list-groups-for-user": [],
    "iam list-attached-user-policies": [],
    "iam list-user-policies": [],
    "iam list-entities-for-policy": [[], [], []],
    "iam list-policy-versions": [],
    "iam list-attached-role-policies": [],
    "iam create-access-key": ["AKIANEW", SECRET],
    "iam update-access-key": None,
    "iam delete-access-key": None,
    "iam get-access-key-last-used": "2026-11-01T00:00:00Z",
}
