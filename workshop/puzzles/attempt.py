"""Tries a puzzle: runs the learner's file against the stand-in, and says what came of it."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from local_aws.errors import ConfigurationError
from local_aws.record import Record
from policies.render import POLICIES
from workshop.policy import Fault, fault_in
from workshop.puzzles import given
from workshop.puzzles.stand_in import stand_in
from workshop.puzzles.table import ROOT, Puzzle

SECONDS = 20


@dataclass(frozen=True)
class Attempt:
    """`trouble` names a text of says.toml where the file itself failed, with `details` to fill it."""

    puzzle: Puzzle
    record: Record | None = None
    printed: str = ""
    trouble: str = ""
    details: tuple[tuple[str, str], ...] = ()
    fault: Fault | None = None

    @property
    def status(self) -> int | None:
        return self.record.status if self.record else None

    @property
    def codes(self) -> tuple[str, ...]:
        """Of what is wrong. A clock that is hours behind has another one than a clock that is hours ahead."""
        found = self.record.findings if self.record else ()
        return tuple(f.code + "_behind" * f.details.get("offset", "").startswith("-") for f in found)

    @property
    def is_asked_for(self) -> bool:
        return self.record is not None and is_asked_for(self.puzzle, self.record)

    @property
    def done(self) -> bool:
        return not self.trouble and self.status == 200 and self.is_asked_for and self.fault is None


def attempt(puzzle: Puzzle, file: Path) -> Attempt:
    records: list[Record] = []
    is_policy = puzzle.language == "json"
    with stand_in(records, file if is_policy else POLICIES / "call-function-url.json") as url:
        printed, trouble, details = call_with_policy(puzzle, file, url) if is_policy else run(file, url)
    record = records[-1] if records else None
    if not trouble and record is None:
        trouble = "no_request"
    fault = fault_in(file) if is_policy and not trouble and record and record.status == 200 else None
    return Attempt(puzzle, record, printed, trouble, tuple(details.items()), fault)


Outcome = tuple[str, str, dict[str, str]]


def call_with_policy(puzzle: Puzzle, file: Path, url: str) -> Outcome:
    try:
        fault_in(file)
    except ConfigurationError as error:
        line = re.search(r"line (\d+)", str(error))
        place = shown(file) + (f", line {line[1]}" if line else "")
        return "", "stopped", {"place": place, "error": str(error)}
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
        return ended.stdout, "stopped", {"place": place_of(file, ended.stderr), "error": error_of(ended.stderr)}
    return ended.stdout, "", {}


def place_of(file: Path, traceback: str) -> str:
    """The last line of the learner's own file in the traceback."""
    lines: list[str] = re.findall(rf'{re.escape(file.name)}(?:", line |:)(\d+)', traceback)
    last = lines[0] if file.suffix == ".mjs" and lines else lines[-1] if lines else ""
    return shown(file) + (f", line {last}" if last else "")


def error_of(traceback: str) -> str:
    lines = [line for line in traceback.splitlines() if re.match(r"[\w.]*(?:Error|Exception|Exit)\b", line)]
    return lines[-1] if lines else traceback.strip().rpartition("\n")[2]


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)


def is_asked_for(puzzle: Puzzle, record: Record) -> bool:
    request = record.request
    if request is None or record.caller is None:
        return False
    try:
        body = json.loads(request.body) if request.body else None
    except ValueError:
        return False
    asked = (puzzle.method, puzzle.path, puzzle.query, puzzle.body, puzzle.caller)
    return asked == (request.method, unquote(request.path), dict(parse_qsl(request.query)), body, record.caller.name)
