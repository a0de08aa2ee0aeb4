"""Every puzzle starts with the 403 that it is about, by the stand-in's own diagnosis, and ends with a 200."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from workshop.puzzles.attempt import Attempt, attempt
from workshop.puzzles.game import Game
from workshop.puzzles.table import ALL, FOLDER, SOLUTIONS, STARTERS, Puzzle

BY_NUMBER = {puzzle.number: puzzle for puzzle in ALL}
puzzles = pytest.mark.parametrize("puzzle", ALL, ids=lambda puzzle: puzzle.file)


def changed(tmp_path: Path, number: int, *changes: tuple[str, str]) -> Attempt:
    """The solution with something changed, tried."""
    puzzle = BY_NUMBER[number]
    text = (SOLUTIONS / puzzle.file).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / puzzle.file).write_text(text, "utf-8")
    return attempt(puzzle, tmp_path / puzzle.file)


def said(tried: Attempt, tmp_path: Path) -> str:
    return "\n".join(Game(tmp_path, "en").outcome(tried))


@puzzles
def test_a_puzzle_starts_with_the_mistake_that_it_is_about_and_nothing_says_which(
    puzzle: Puzzle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "local_aws")
    tried = attempt(puzzle, STARTERS / puzzle.file)
    assert (tried.status, tried.trouble, tried.done) == (403, "", False)
    assert set(tried.codes) & set(puzzle.because)
    shown = said(tried, tmp_path)
    assert "at the start" not in shown
    assert tried.record is not None
    assert not [finding for finding in tried.record.findings if finding.because() in shown]
    assert not [name for name, _ in tried.record.headers if b"reason" in name.lower()]
    assert not [record for record in caplog.records if record.name == "local_aws"]


@puzzles
def test_a_solution_is_a_200(puzzle: Puzzle, tmp_path: Path) -> None:
    tried = attempt(puzzle, SOLUTIONS / puzzle.file)
    assert tried.done, said(tried, tmp_path)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.parametrize(("folder", "status"), [(STARTERS, 403), (SOLUTIONS, 200)])
def test_the_puzzle_in_javascript_is_the_same_one(folder: Path, status: int) -> None:
    tried = attempt(BY_NUMBER[7], folder / "puzzle_07.mjs")
    assert (tried.status, tried.trouble) == (status, "")
    assert status == 200 or tried.codes == BY_NUMBER[7].because


WRONG_TURNS = [
    (1, [('sign("GET", "/items/1")', 'sign("POST", "/items/1")')], "for another method"),
    (1, [("/items/1", "/items/2")], "needed is GET /items/1"),
    (4, [("astimezone(UTC)", "replace(tzinfo=timezone(timedelta(hours=18)))")], "the hours went the other way"),
    (5, [('sign("POST", "/orders", body)', 'sign("POST", "/orders")')], "not given to sign()"),
    (5, [('{"item": 5, ', "{")], "needed is POST /orders"),
    (7, [("quote(path)", '"/items/green tea"')], "encoded twice, not zero times"),
    (8, [("host:{HOST}\\n", ""), ('"host;x-amz-date"', '"x-amz-date"')], "host must be signed"),
    (9, [("assume_role()", "YESTERDAYS_SESSION"), ("import assume_role", "import YESTERDAYS_SESSION")], "One of two"),
    (9, [("session.session_token", '"of-another"')], "belongs to another key"),
    (10, [("lambda:InvokeFunctionUrl", "lambda:*")], "AWS says: 200\n  It is a 200, but the policy allows too much"),
    (10, [("FUNCTION_NAME", "*")], "write its ARN in Resource"),
    (10, [("lambda:InvokedViaFunctionUrl", "lambda:FunctionUrlAuthType")], "its own condition key"),
    (11, [('"Bool"', '"StringEquals"'), ("OnlyThroughTheUrl", "CallFunctionUrl")], "the Sid CallFunctionUrl"),
]


@pytest.mark.parametrize(("number", "changes", "hint"), WRONG_TURNS)
def test_a_wrong_turn_has_a_hint_of_its_own(
    number: int, changes: list[tuple[str, str]], hint: str, tmp_path: Path
) -> None:
    tried = changed(tmp_path, number, *changes)
    assert not tried.done
    assert hint in said(tried, tmp_path).replace("asks for: ", "needed is ")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("        quote(path),", "        path,", "path_as_sent"), ("sha256(body)", 'sha256(b"")', "body_not_signed")],
)
def test_each_of_the_two_mistakes_of_the_last_puzzle_is_enough(old: str, new: str, code: str, tmp_path: Path) -> None:
    tried = changed(tmp_path, 12, (old, new))
    assert tried.codes == (code,)
    assert "at the start" not in said(tried, tmp_path)


BROKEN = [
    (1, "import send", "import sent", r"puzzle_01\.py, line 1: ImportError: cannot import name 'sent'"),
    (3, "read_text()", "read_txt()", r"puzzle_03\.py, line 4: AttributeError: .*read_txt"),
    (3, "read_text()", "read_text(", r"puzzle_03\.py, line 4: SyntaxError"),
    (10, '"Version": "2012-10-17",', '"Version": "2012-10-17"', r"puzzle_10\.json, line 3: .* is not JSON"),
    (10, '"Effect": "Allow"', '"Effect": "Alow"', r"puzzle_10\.json: .*'Alow': write Allow or Deny"),
    (2, "send(", "print(", "Your file sent no request"),
]


@pytest.mark.parametrize(("number", "old", "new", "text"), BROKEN)
def test_a_broken_file_is_named_with_its_line(number: int, old: str, new: str, text: str, tmp_path: Path) -> None:
    assert re.search(text, said(changed(tmp_path, number, (old, new)), tmp_path))


def test_the_third_hint_is_the_solution_and_hints_are_counted(tmp_path: Path) -> None:
    game, puzzle = Game(tmp_path, "en"), BY_NUMBER[3]
    first, second, third, again = (game.hint(puzzle) for _ in range(4))
    assert (first[0][:9], second[0][:9]) == ("  hint 1:", "  hint 2:")
    assert "read_text().strip()" in "\n".join(third)
    assert again == third
    assert game.finish(puzzle)[0] == "done 3/12  The key from a file  200, hints: 3"


def test_the_last_puzzle_has_no_hints(tmp_path: Path) -> None:
    assert Game(tmp_path, "en").hint(BY_NUMBER[12]) == Game(tmp_path, "en").hint(BY_NUMBER[12])
    assert "no hints" in Game(tmp_path, "en").hint(BY_NUMBER[12])[0]


def test_progress_is_kept_and_a_spoilt_file_is_a_start_afresh(tmp_path: Path) -> None:
    Game(tmp_path, "en").finish(BY_NUMBER[1])
    assert [puzzle.number for puzzle in Game(tmp_path, "en").progress.left()] == list(range(2, 13))
    (tmp_path / "progress.json").write_text("{")
    assert Game(tmp_path, "en").progress.left() == list(ALL)


def test_the_end_is_said_after_the_twelfth_in_any_order(tmp_path: Path) -> None:
    game = Game(tmp_path, "en")
    lines = [game.finish(puzzle) for puzzle in reversed(ALL)]
    assert not [line for line in lines[:-1] if "All twelve" in "\n".join(line)]
    assert "All twelve are 200" in lines[-1][-1]


def test_a_reset_brings_the_starter_back(tmp_path: Path) -> None:
    game, puzzle = Game(tmp_path, "en"), BY_NUMBER[2]
    before = game.file(puzzle).read_text("utf-8")
    game.file(puzzle).write_text("edited")
    game.finish(puzzle)
    game.reset(puzzle)
    assert (game.file(puzzle).read_text("utf-8"), puzzle in game.progress.left()) == (before, True)


@pytest.mark.parametrize("name", ["puzzles/texts.toml", "puzzles/says.toml", "policy.toml", "chapters.toml"])
def test_every_text_is_there_in_both_languages_with_the_same_blanks(name: str) -> None:
    def check(table: dict[str, object]) -> None:
        for key, text in table.items():
            if isinstance(text, dict):
                check(text)
            elif not key.endswith("_ja"):
                other = table[f"{key}_ja"]
                assert isinstance(text, str)
                assert isinstance(other, str)
                if not name.endswith("texts.toml"):
                    blanks = [sorted(re.findall(r"\{\w+(?:!r)?\}", one)) for one in (text, other)]
                    assert blanks[0] == blanks[1], key
                assert key in ("stopped", "ok") or re.search(r"[぀-ヿ一-鿿]", other), key

    check(tomllib.loads((FOLDER.parent / name).read_text("utf-8")))


def test_every_puzzle_has_its_texts() -> None:
    game = Game(language="ja")
    assert list(game.texts) == [puzzle.key for puzzle in ALL]
    for puzzle in ALL[:-1]:
        assert {"title", "task", "hint_1", "hint_2"} <= set(game.texts[puzzle.key])
