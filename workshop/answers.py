"""Chapters 2, 6, 7, 8 and 9: what the learner wrote into a file, or left behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from local_aws.errors import RepeatedSid
from workshop.differs import Differs
from workshop.policy import Fault, fault_in
from workshop.trust import trust_fault_in

REASONS = {"Forbidden": "permission", "scoped": "scope", "does not match": "signature", "security token": "key"}
NEEDS = {
    "aws-url": ("aws-function",),
    "aws-policy": ("aws-function",),
    "aws-user": ("aws-policy",),
    "aws-key": ("aws-user", "aws-url"),
    "aws-function": (),
}
ALLOWED = sorted(REASONS.values())
REASON_FOUND = 1  # why-403's exit code
LEFT = ("signed.txt", "call.py", "event.json", "worker/src/edge_caller")


def check_reasons(folder: Path) -> list[str]:
    for answer, given in json_in(folder / "read_a_403.json").items():
        if all(reason in str(given) for reason in ALLOWED):  # the text of the file as it was copied
            raise Differs("no_reason_given", answer=answer, allowed=", ".join(ALLOWED))
        if given not in ALLOWED:
            raise Differs("unknown_reason", answer=answer, given=given, allowed=", ".join(ALLOWED))
        if given != next((reason for words, reason in REASONS.items() if words in answer), ""):
            raise Differs("wrong_reason", hint="reasons", answer=answer, given=given)
    return []


def check_steps(folder: Path) -> list[str]:
    steps = json_in(folder / "steps.json")
    for number, step in enumerate(NEEDS):
        steps = steps if step in steps else [*steps[:number], step]
    for number, step in enumerate(steps):
        for before in NEEDS.get(step, ()):
            if before not in steps[:number]:
                raise Differs("wrong_order", hint="order", step=step, before=before)
    return []


def check_policy(folder: Path) -> list[str]:
    for name in ("policy.json", "trust.json"):
        json_in(folder / name)
    try:
        fault = fault_in(folder / "policy.json") or trust_fault_in(folder / "trust.json")
    except RepeatedSid as error:
        fault = Fault("repeated_sid", {"sid": error.sid})
    if fault:
        raise Differs(text=str(fault))
    return []


def check_clean_up(folder: Path) -> list[str]:
    for name in (*LEFT, *([str(folder)] if folder.exists() else [])):
        if Path(name).exists():
            raise Differs("left", file=name)
    return []


def check_own_call(folder: Path) -> list[str]:
    """What why-403 says about the learner's paste."""
    file = folder / "my_call.txt"
    if not file.read_text("utf-8", "replace").strip():
        raise Differs("no_paste", file=file.name)
    command = [sys.executable, "-m", "local_aws.why", str(file)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False)
    if ended.returncode != REASON_FOUND:
        raise Differs("no_reason", file=file.name, shown=tuple(ended.stdout.splitlines()))
    return ended.stdout.splitlines()


def json_in(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise Differs("not_json", file=file.name, line=error.lineno) from error
