"""`make puzzles`, `make puzzle-03`, `make puzzle-03-hint`, `make puzzle-03-reset`.

Exit code 0 also where the puzzle isn't solved yet: it is the learner's turn. 2: there is no such puzzle.
"""

import argparse
import re
import sys
from pathlib import Path

from workshop.puzzles.attempt import attempt
from workshop.puzzles.game import Game
from workshop.puzzles.table import ALL, IN_JAVASCRIPT, MINE, Puzzle
from workshop.puzzles.watch import watch


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m workshop.puzzles", description="Turn a 403 into a 200.")
    parser.add_argument("puzzle", nargs="?", help="3, 03, 03-hint or 03-reset; without: all of them, watched")
    parser.add_argument("--folder", type=Path, default=MINE, help="the learner's files")
    parser.add_argument("--javascript", action="store_true", help="the file in JavaScript, where there is one")
    options = parser.parse_args()
    game = Game(options.folder)
    if options.puzzle is None:
        watch(game)
        return 0
    found = re.fullmatch(r"0?(\d{1,2})(?:-(hint|reset))?", options.puzzle)
    if not found or not 1 <= int(found[1]) <= len(ALL):
        print(game.say("no_puzzle", puzzle=options.puzzle, last=len(ALL)))
        return 2
    puzzle = ALL[int(found[1]) - 1]
    if options.javascript:
        if puzzle.number != IN_JAVASCRIPT.number:
            print(game.say("no_javascript", number=IN_JAVASCRIPT.number))
            return 2
        puzzle = IN_JAVASCRIPT
    act(game, puzzle, found[2])
    return 0


def act(game: Game, puzzle: Puzzle, what: str | None) -> None:
    if what == "hint":
        print(*game.hint(puzzle), sep="\n")
    elif what == "reset":
        print(*game.reset(puzzle), sep="\n")
    else:
        print(*game.task(puzzle), sep="\n", flush=True)
        tried = attempt(puzzle, game.file(puzzle))
        print(*game.outcome(tried), sep="\n")
        print(*(game.finish(puzzle) if tried.done else [game.ask(puzzle)]), sep="\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
