"""Tries a puzzle: runs the learner's file against the stand-in, and says what came of it."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from local_aws.errors import ConfigurationError, RepeatedSid
from local_aws.record import Record
from policies.render import POLICIES
from workshop.policy import Fault, fault_in
from workshop.puzzles import given
from workshop.puzzles.stand_in import stand_in
from workshop.puzzles.table import ROOT, STARTERS, Puzzle

SECONDS = 20


@dataclass(frozen=True)
class Attempt:
    """`trouble` names a text of says.toml where the file itself failed, with `details` to fill it.

    `fault` is what is wrong with a policy, `edited` says whether the file differs from the starter, `holds_the_secret`
    whether the secret of secret.txt is written into it.
    """

    puzzle: Puzzle
    record: Record | None = None
    printed: str = ""
    trouble: str = ""
    details: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    edited: bool = False
    holds_the_secret: bool = False

    @property
    def status(self) -> int | None:
        return self.record.status if self.record else None

    @property
    def codes(self) -> tuple[str, ...]:
        """Of what is wrong. A clock that is hours behind has another one than a clock that is hours ahead."""
        found = self.record.findings if self.record else ()
        return tuple(f.code + "_behind" * f.details.get("offset", "").startswith("-") for f in found)

    @property
    def sends_what_is_asked(self) -> bool:
        request = self.record.request if self.record else None
        if request is None:
            return False
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError:
            return False
        asked = (self.puzzle.method, self.puzzle.path, self.puzzle.query, self.puzzle.body)
        return asked == (request.method, unquote(request.path), dict(parse_qsl(request.query)), body)

    @property
    def is_of_the_caller(self) -> bool:
        return bool(self.record and self.record.caller and self.record.caller.name == self.puzzle.caller)

    @property
    def signs_what_changes(self) -> bool:
        """Whether it signs the header that a proxy changes, with the value that the proxy happens to send today."""
        claim = self.record.claim if self.record else None
        changes = "header_changed_on_the_way" in self.puzzle.because
        return changes and claim is not None and "accept-encoding" in claim.signed_headers

    @property
    def done(self) -> bool:
        right = self.sends_what_is_asked and self.is_of_the_caller and not self.signs_what_changes
        return not self.trouble and self.status == 200 and right and self.fault is None and not self.holds_the_secret


def attempt(puzzle: Puzzle, file: Path) -> Attempt:
    records: list[Record] = []
    is_policy = puzzle.language == "json"
    with stand_in(records, file if is_policy else POLICIES / "call-function-url.json") as url:
        printed, trouble, details = call_with_policy(puzzle, file, url) if is_policy else run(file, url)
    record = records[-1] if records else None
    if not trouble and record is None:
        trouble = "no_request"
    fault = fault_in(file) if is_policy and not trouble else None
    text = file.read_text("utf-8")
    edited = (STARTERS / puzzle.file).read_text("utf-8") not in text
    return Attempt(puzzle, record, printed, trouble, details, fault, edited, holds_the_secret(puzzle, text))


def holds_the_secret(puzzle: Puzzle, text: str) -> bool:
    """Whether the secret of secret.txt is written into the file of the puzzle that must read it from there."""
    if "SECRET_FILE" not in puzzle.offers or not given.SECRET_FILE.exists():
        return False
    secret = given.SECRET_FILE.read_bytes().strip()
    return secret != b"" and secret in text.encode()


Outcome = tuple[str, str, dict[str, str]]


def call_with_policy(puzzle: Puzzle, file: Path, url: str) -> Outcome:
    try:
        json.loads(file.read_text("utf-8"))
        fault_in(file)
    except json.JSONDecodeError as error:
        return "", "not_json", {"file": shown(file), "line": str(error.lineno)}
    except RepeatedSid as error:
        return "", "stopped", {"file": shown(file), "error": str(Fault("repeated_sid", {"sid": error.sid}))}
    except ConfigurationError as error:
        return "", "stopped", {"file": shown(file), "error": str(error)}
    os.environ["PUZZLE_URL"] = url
    given.send(puzzle.method, puzzle.path, given.sign(puzzle.method, puzzle.path))
    return "", "", {}


def run(file: Path, url: str) -> Outcome:
    """What the file printed, and how it failed: its own error, by file and line."""
    program = [shutil.which("node") or "node"] if file.suffix == ".mjs" else [sys.executable]
    variables = os.environ | {"PUZZLE_URL": url, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(
            [*program, str(file)], capture_output=True, text=True, env=variables, timeout=SECONDS, check=False
        )
    except FileNotFoundError:
        return "", "no_node", {}
    except subprocess.TimeoutExpired:
        return "", "too_slow", {"seconds": str(SECONDS)}
    if ended.returncode:
        line = line_in(file, ended.stderr)
        place = {"file": shown(file)} | ({"line": line} if line else {})
        return ended.stdout, "stopped_at" if line else "stopped", place | {"error": error_of(ended.stderr)}
    return ended.stdout, "", {}


def line_in(file: Path, traceback: str) -> str:
    """The last line of the learner's own file in the traceback."""
    lines: list[str] = re.findall(rf'{re.escape(file.name)}(?:", line |:)(\d+)', traceback)
    return (lines[0] if file.suffix == ".mjs" else lines[-1]) if lines else ""


def error_of(traceback: str) -> str:
    lines = [line for line in traceback.splitlines() if re.match(r"[\w.]*(?:Error|Exception|Exit)\b", line)]
    return lines[-1] if lines else traceback.strip().rpartition("\n")[2]


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
