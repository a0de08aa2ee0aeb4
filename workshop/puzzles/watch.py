"""`make puzzles`: tries the puzzle again whenever its file is saved, and goes on to the next when it is done."""

import select
import sys
import time
from pathlib import Path

from workshop.puzzles.attempt import attempt
from workshop.puzzles.game import Game
from workshop.puzzles.table import Puzzle

SECONDS = 0.2


def watch(game: Game) -> None:
    """Until all are done, or `q`."""
    if not game.progress.left():
        print(*game.end(), sep="\n")
    while left := game.progress.left():
        if not solve(game, left[0]):
            return


def solve(game: Game, puzzle: Puzzle) -> bool:
    """Whether the puzzle was solved; False when the learner stops."""
    print(*game.task(puzzle), sep="\n", flush=True)
    file = game.file(puzzle)
    while True:
        saved = saved_at(file)
        tried = attempt(puzzle, file)
        print(*game.outcome(tried), sep="\n")
        if tried.done:
            print(*game.finish(puzzle), sep="\n", flush=True)
            return True
        print(game.ask(puzzle, watching=True), flush=True)
        if not wait(game, puzzle, file, saved):
            return False


def wait(game: Game, puzzle: Puzzle, file: Path, saved: int) -> bool:
    """Until the file is saved; gives hints meanwhile. False for `q`."""
    while saved_at(file) == saved:
        word = typed(SECONDS)
        if word == "q":
            return False
        if word == "h":
            print(*game.hint(puzzle), sep="\n", flush=True)
    return True


def saved_at(file: Path) -> int:
    """0 while an editor replaces the file."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


ended = False


def typed(seconds: float) -> str:
    """The line that the learner typed within this time, else nothing."""
    global ended
    if ended:
        time.sleep(seconds)
        return ""
    if not select.select([sys.stdin], [], [], seconds)[0]:
        return ""
    line = sys.stdin.readline()
    ended = not line
    return line.strip().lower()
