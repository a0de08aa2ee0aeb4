"""`make puzzles` as a process: it tries again when the file is saved, gives hints when asked, and ends after twelve."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from workshop.puzzles.table import ALL, ROOT, SOLUTIONS

SECONDS = 30
Line = str | None


class Watching:
    def __init__(self, folder: Path, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workshop.puzzles", "--folder", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=os.environ | {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"} | variables,
        )
        self.lines: queue.Queue[Line] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line.rstrip())
        self.lines.put(None)

    def until(self, text: str) -> str:
        while (line := self.lines.get(timeout=SECONDS)) is not None:
            if text in line:
                return line
        raise AssertionError(f"ended before it said {text!r}")

    def type(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    one = Watching(tmp_path)
    yield one
    one.close()


def test_it_goes_through_all_twelve_as_their_files_are_saved(watching: Watching, tmp_path: Path) -> None:
    for puzzle in ALL:
        watching.until(f"Puzzle {puzzle.number} of 12")
        watching.until("save the file to try again")
        (tmp_path / puzzle.file).write_text((SOLUTIONS / puzzle.file).read_text("utf-8"), "utf-8")
        watching.until(f"Puzzle {puzzle.number} done: ")
    watching.until("All twelve are 200")
    assert watching.process.wait(SECONDS) == 0


def test_hints_are_given_when_asked_for_and_q_stops(watching: Watching) -> None:
    watching.until("save the file to try again")
    watching.type("h\n")
    watching.until("hint 1:")
    watching.type("h\n")
    watching.until("hint 2:")
    watching.type("q\n")
    assert watching.process.wait(SECONDS) == 0


def test_it_speaks_the_language_of_the_locale(tmp_path: Path) -> None:
    one = Watching(tmp_path, LC_ALL="ja_JP.UTF-8")
    try:
        one.until("パズル 1/12: 最初の呼び出し")
    finally:
        one.close()


@pytest.mark.parametrize(("word", "code"), [("3-hint", 0), ("13", 2), ("three", 2)])
def test_a_hint_is_no_failure_and_a_puzzle_that_is_not_there_is_one(word: str, code: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workshop.puzzles", word, "--folder", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (code, "")


@pytest.mark.parametrize(
    ("words", "text"),
    [(["13"], "13' というパズルはありません"), (["3", "--javascript"], "JavaScript で解けるのはパズル 7 だけです")],
)
def test_a_puzzle_that_is_not_there_is_named_in_the_language_of_the_locale(
    words: list[str], text: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "workshop.puzzles", *words, "--folder", str(tmp_path)]
    variables = os.environ | {"LC_ALL": "ja_JP.UTF-8", "PYTHONIOENCODING": "utf-8"}
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", env=variables, check=False)
    assert (ended.returncode, text in ended.stdout) == (2, True)


def test_the_last_puzzle_offers_no_hint(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workshop.puzzles", "12", "--folder", str(tmp_path)]
    variables = os.environ | {"LC_ALL": "C.UTF-8"}
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", env=variables, check=False)
    assert "puzzle-12-hint" not in ended.stdout
    assert "no hints here" in ended.stdout
