"""What a puzzle says: its task, an attempt's outcome, a hint, the end. Texts are in texts.toml and says.toml."""

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workshop.puzzles.attempt import Attempt, shown
from workshop.puzzles.progress import SOLUTION, Progress
from workshop.puzzles.table import ALL, FOLDER, LAST, MINE, SOLUTIONS, STARTERS, Puzzle
from workshop.words import language, texts_of

COMMENT = {"py": "# ", "mjs": "// "}


@dataclass
class Game:
    folder: Path = MINE
    language: str = field(default_factory=language)

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
            task = f"{mark}{self.texts[puzzle.key]['task']}\n{mark}{self.says['given']}\n\n" if mark else ""
            file.write_text(task + (STARTERS / puzzle.file).read_text("utf-8"), "utf-8")
        return file

    def task(self, puzzle: Puzzle) -> list[str]:
        text = self.texts[puzzle.key]
        title = self.say("puzzle", number=puzzle.number, title=text["title"])
        return ["", title, f"  {text['task']}", self.say("edit", file=shown(self.file(puzzle)))]

    def outcome(self, tried: Attempt) -> list[str]:
        lines = [f"  | {line}" for line in tried.printed.splitlines()]
        if tried.trouble:
            return [*lines, self.say(tried.trouble, **dict(tried.details))]
        record = tried.record
        if record is None:
            return lines
        lines.append(self.say("answer", status=record.status, error_type=record.error_type).rstrip())
        if record.status != 200:
            lines.append(f"  {record.body.decode('utf-8', 'replace')}")
        return lines + self.turn(tried)

    def turn(self, tried: Attempt) -> list[str]:
        """A hint for a wrong turn: for a 200 that isn't the one asked for, or for another mistake than the first."""
        if tried.done:
            return []
        if tried.fault:
            return [f"  {self.say('turn_too_much')} {tried.fault}"]
        if tried.status == 200:
            return [f"  {self.say('turn_not_asked', wanted=tried.puzzle.asks_for)}"]
        if tried.puzzle.number == LAST or set(tried.codes) & set(tried.puzzle.because):
            return []
        turns = self.texts[tried.puzzle.key].get("turns", {})
        texts = [turns[code] for code in tried.codes if code in turns]
        return [self.say("turn", text=(texts or [self.says["turn_other"]])[0])]

    def finish(self, puzzle: Puzzle) -> list[str]:
        """The line for the teacher, and the end after the twelfth."""
        self.progress.keep(puzzle, done=True, hints=self.progress.hints(puzzle))
        title, hints = self.texts[puzzle.key]["title"], self.progress.hints(puzzle)
        lines = [self.say("done", number=puzzle.number, title=title, hints=hints)]
        left = self.progress.left()
        if left:
            return [*lines, self.say("left", left=len(left), number=left[0].key)]
        return [*lines, *self.end()]

    def end(self) -> list[str]:
        given = [self.progress.hints(puzzle) for puzzle in ALL]
        return ["", self.say("all_done", hints=sum(given), solutions=given.count(SOLUTION))]

    def hint(self, puzzle: Puzzle) -> list[str]:
        """One more hint than last time; the third is the solution."""
        if puzzle.number == LAST:
            return [self.says["no_hints"]]
        count = min(self.progress.hints(puzzle) + 1, SOLUTION)
        self.progress.keep(puzzle, hints=count)
        if count < SOLUTION:
            return [self.say("hint", count=count, text=self.texts[puzzle.key][f"hint_{count}"])]
        old, new = ((folder / puzzle.file).read_text("utf-8").splitlines() for folder in (STARTERS, SOLUTIONS))
        lines = difflib.unified_diff(old, new, lineterm="", n=1)
        changed = [f"    {line}".rstrip() for line in lines if not line.startswith(("---", "+++", "@@"))]
        return [self.says["solution"], *changed]

    def reset(self, puzzle: Puzzle) -> list[str]:
        (self.folder / puzzle.file).unlink(missing_ok=True)
        self.progress.keep(puzzle, done=False)
        return [self.say("reset", file=shown(self.file(puzzle)))]
