"""What the learner has done: kept in a file beside the learner's own, which git ignores."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workshop.puzzles.table import ALL, Puzzle

SOLUTION = 3


@dataclass(frozen=True)
class Progress:
    file: Path

    def hints(self, puzzle: Puzzle) -> int:
        """How many hints were given. Three: the solution was shown."""
        return int(self._of(puzzle).get("hints", 0))

    def last_hint(self, puzzle: Puzzle) -> int:
        """The number of the last hint since the last reset."""
        return int(self._of(puzzle).get("last_hint", 0))

    def is_done(self, puzzle: Puzzle) -> bool:
        return bool(self.done_in(puzzle))

    def done_in(self, puzzle: Puzzle) -> str:
        """The language that it was solved in; empty where it isn't solved."""
        return str(self._of(puzzle).get("done", ""))

    def keep(self, puzzle: Puzzle, **values: int | str) -> None:
        kept = self._read()
        kept[puzzle.key] = self._of(puzzle) | values
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")

    def left(self) -> list[Puzzle]:
        return [puzzle for puzzle in ALL if not self.is_done(puzzle)]

    def _of(self, puzzle: Puzzle) -> dict[str, Any]:
        kept = self._read().get(puzzle.key)
        return kept if isinstance(kept, dict) else {}

    def _read(self) -> dict[str, Any]:
        """Empty where the file is missing or spoilt."""
        try:
            kept = json.loads(self.file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}
