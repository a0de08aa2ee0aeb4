"""What a puzzle says: its task, an attempt's outcome, a hint, the end. Texts are in texts.toml and says.toml."""

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_aws.reasons import language_of
from local_aws.received import text_of
from local_aws.record import Record
from workshop.puzzles.attempt import Attempt, shown
from workshop.puzzles.progress import SOLUTION, Progress
from workshop.puzzles.table import ALL, FOLDER, LAST, MINE, SOLUTIONS, STARTERS, Puzzle
from workshop.puzzles.turns import turn_of
from workshop.words import texts_of

COMMENT = {"py": "# ", "mjs": "// "}


@dataclass
class Game:
    folder: Path = MINE
    language: str = field(default_factory=language_of)

    def __post_init__(self) -> None:
        self.texts: dict[str, Any] = texts_of(FOLDER / "texts.toml", self.language)
        self.says: dict[str, str] = texts_of(FOLDER / "says.toml", self.language)
        self.progress = Progress(self.folder / "progress.json")

    def say(self, name: str, **details: object) -> str:
        return self.says[name].format(**details)

    def file(self, puzzle: Puzzle) -> Path:
        """The learner's file. It is made the first time, with the task on top where a comment can be."""
        file = self.folder / puzzle.file
        if not file.exists():
            self.folder.mkdir(exist_ok=True)
            mark = COMMENT.get(puzzle.language)
            task = f"{mark}{self.texts[puzzle.key]['task']}\n{mark}{self.given(puzzle)}\n\n" if mark else ""
            file.write_text(task + (STARTERS / puzzle.file).read_text("utf-8"), "utf-8")
        return file

    def given(self, puzzle: Puzzle) -> str:
        return self.say("given", file=puzzle.given, offers=puzzle.offers)

    def task(self, puzzle: Puzzle) -> list[str]:
        text = self.texts[puzzle.key]
        title = self.say("puzzle", number=puzzle.number, title=text["title"])
        given = [f"  {self.given(puzzle)}"] if puzzle.offers else []
        return ["", title, f"  {text['task']}", *given, self.say("edit", file=shown(self.file(puzzle)))]

    def outcome(self, tried: Attempt) -> list[str]:
        lines = [f"  | {line}" for line in tried.printed.splitlines()]
        if tried.trouble:
            return [*lines, self.say(tried.trouble, **tried.details)]
        record = tried.record
        if record is None:
            return lines
        if tried.puzzle.number == LAST and not tried.done:
            lines += [self.says["sent"], *request_of(record), ""]
        lines.append(self.say("answer", status=record.status, error_type=record.error_type).rstrip())
        if record.status != 200:
            lines.append(f"  {record.body.decode('utf-8', 'replace')}")
        turn = turn_of(tried, self.texts[tried.puzzle.key].get("turns", {}), self.says)
        return [*lines, f"  {turn}"] if turn else lines

    def ask(self, puzzle: Puzzle, watching: bool = False) -> str:
        """What to do next. Puzzle 12 has no hints to ask for."""
        name = "ask" + ("_watching" if watching else "") + ("_last" if puzzle.number == LAST else "")
        return self.say(name, number=puzzle.key)

    def finish(self, puzzle: Puzzle) -> list[str]:
        """The line for the teacher, why it works now, and the end after the twelfth."""
        self.progress.keep(puzzle, done=puzzle.language)
        text, hints = self.texts[puzzle.key], self.progress.hints(puzzle)
        left = self.progress.left()
        details = {"number": puzzle.number, "title": text["title"], "hints": hints, "left": len(left)}
        lines = [self.say("done", **details), f"  {text['works']}"]
        return [*lines, self.say("next", number=left[0].key)] if left else [*lines, *self.end()]

    def end(self) -> list[str]:
        given = [self.progress.hints(puzzle) for puzzle in ALL]
        return ["", self.say("all_done", hints=sum(given), solutions=given.count(SOLUTION))]

    def hint(self, puzzle: Puzzle) -> list[str]:
        """One more hint than last time; the third is the solution."""
        if puzzle.number == LAST:
            return [self.says["no_hints"]]
        if self.progress.done_in(puzzle) == puzzle.language:
            return [self.say("is_done", number=puzzle.key)]
        count = min(self.progress.last_hint(puzzle) + 1, SOLUTION)
        self.progress.keep(puzzle, last_hint=count, hints=max(count, self.progress.hints(puzzle)))
        if count < SOLUTION:
            return [self.say("hint", count=count, text=self.texts[puzzle.key][f"hint_{count}"])]
        old, new = ((folder / puzzle.file).read_text("utf-8").splitlines() for folder in (STARTERS, SOLUTIONS))
        lines = difflib.unified_diff(old, new, lineterm="", n=1)
        changed = [f"    {line}".rstrip() for line in lines if not line.startswith(("---", "+++", "@@"))]
        return [self.says["solution"], *changed]

    def reset(self, puzzle: Puzzle) -> list[str]:
        """The starter again, and hints from the first on. Hints that were given still count."""
        (self.folder / puzzle.file).unlink(missing_ok=True)
        self.progress.keep(puzzle, last_hint=0)
        if self.progress.done_in(puzzle) == puzzle.language:
            self.progress.keep(puzzle, done="")
        return [self.say("reset", file=shown(self.file(puzzle)))]


def request_of(record: Record) -> list[str]:
    """The request as it arrived, to compare and to paste into `make why`."""
    request = record.request
    if request is None:
        return []
    headers = [f"{name}: {text_of(value)}" for name, value in request.headers]
    return [
        f"{request.method} {record.target} HTTP/1.1",
        *headers,
        "",
        *request.body.decode("utf-8", "replace").split("\n"),
    ]
