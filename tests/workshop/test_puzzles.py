"""Every puzzle starts with the 403 that it is about, by the stand-in's own diagnosis, and ends with a 200."""

import inspect
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from local_aws.why.pastes.read import read_paste
from workshop.puzzles import given
from workshop.puzzles.attempt import Attempt, attempt
from workshop.puzzles.game import Game
from workshop.puzzles.table import ALL, FOLDER, IN_JAVASCRIPT, SOLUTIONS, STARTERS, Puzzle

BY_NUMBER = {puzzle.number: puzzle for puzzle in ALL}
puzzles = pytest.mark.parametrize("puzzle", ALL, ids=lambda puzzle: puzzle.file)


def changed(tmp_path: Path, number: int, *changes: tuple[str, str], of: Path = SOLUTIONS) -> Attempt:
    """The solution, or the starter, with something changed, tried."""
    puzzle = BY_NUMBER[number]
    text = (of / puzzle.file).read_text("utf-8")
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
    assert tried.record is not None
    assert shown.splitlines()[-1].strip() == tried.record.body.decode("utf-8")
    assert puzzle.starts_with in shown
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


SAME = "The reason is still the same as at the start"
OTHER_KEY = "It is a 200, but it is signed with another key"
QUERY = 'urlencode({"q": "tea cup", "limit": "2"})'
SECRET = "SECRET_FILE.read_text().strip()"
PASTED = f'"{given.SECRET_FILE.read_text("utf-8").strip()}"'
BOTH = '["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]'
URL_CONDITION = '"StringEquals": { "lambda:FunctionUrlAuthType": "AWS_IAM" }'

WRONG_TURNS = [
    (1, [('sign("GET", "/items/1")', 'sign("POST", "/items/1")')], "for another method"),
    (1, [('sign("GET", "/items/1")', 'sign("GET", "/items/2")')], "for another request. Sign the same method"),
    (1, [("/items/1", "/items/2")], "for GET /items/2. The puzzle asks for GET /items/1."),
    (2, [('"lambda"', '"s3"')], SAME),
    (3, [(SECRET, 'SECRET_FILE.read_text().replace("\\n", "\\r")')], "still at the end of the secret"),
    (3, [(SECRET, f'" " + {SECRET}')], "line break is before it"),
    (3, [(SECRET, f'"\ufeff" + {SECRET}')], "a byte order mark is before it"),
    (3, [(SECRET, f"{SECRET}[:-1]")], "Too much is cut off"),
    (3, [(SECRET, f"repr({SECRET})")], "repr() is for looking"),
    (3, [(SECRET, "KEY.secret_access_key"), ("import FILE", "import KEY, FILE")], "the secret of another key"),
    (3, [(", key=Credentials(FILE_KEY_ID, secret)", "")], f"{OTHER_KEY}. Sign with FILE_KEY_ID"),
    (3, [(SECRET, PASTED)], "It is a 200, but the secret is in your file"),
    (3, [(SECRET, f"{SECRET}  # {PASTED}")], "It is a 200, but the secret is in your file"),
    (4, [("astimezone(UTC)", "replace(tzinfo=timezone(timedelta(hours=18)))")], "the hours went the other way"),
    (4, [("office_clock.astimezone(UTC)", "datetime(2020, 1, 1, tzinfo=UTC)")], "AWS's answer differs from the first"),
    (5, [('sign("POST", "/orders", body)', 'sign("POST", "/orders")')], "not given to sign()"),
    (5, [('{"item": 5, ', "{")], "The puzzle asks for POST /orders"),
    (5, [("headers, body)", "headers, json.dumps(order, indent=1).encode())")], "sent still differ"),
    (7, [("quote(path)", '"/items/green tea"')], "holds the decoded path"),
    (7, [("quote(path)", "quote(quote(path))")], "once too often"),
    (7, [('quote("/items/green tea")', 'quote("/items/green tea", safe="")')], "doesn't begin with / any more"),
    (7, [('quote("/items/green tea")', '"/items/green+tea"')], "for GET /items/green+tea"),
    (
        7,
        [("quote(path)", "path"), ('quote("/items/green tea")', '"/items/green+tea"')],
        "You send GET /items/green+tea",
    ),
    (7, [("quote(path)", '"/items"')], "The answer is the same, but the reason is another"),
    (8, [("host:{HOST}\\n", ""), ('"host;x-amz-date"', '"x-amz-date"')], "host must be signed"),
    (9, [("assume_role()", "YESTERDAYS_SESSION"), ("import assume_role", "import YESTERDAYS_SESSION")], "One of two"),
    (9, [("session.session_token", '"of-another"')], "belongs to another key"),
    (9, [("key=key", "key=KEY"), ("import assume", "import KEY, assume")], f"{OTHER_KEY}. Call GET /items/9 with"),
    (10, [("lambda:InvokeFunctionUrl", "lambda:*")], "AWS says: 200\n  It is a 200, but the policy allows too much"),
    (10, [("FUNCTION_NAME", "*")], "write its ARN in Resource"),
    (10, [("lambda:InvokedViaFunctionUrl", "lambda:FunctionUrlAuthType")], "Condition keys differ by action"),
    (11, [('"Bool"', '"StringEquals"'), ("OnlyThroughTheUrl", "CallFunctionUrl")], "the Sid CallFunctionUrl"),
    (11, [('"lambda:InvokeFunction"', '"lambda:InvokeFunctionUrl"')], "no statement names it"),
]
# The same from the starter: what is half right.
HALF_RIGHT = [
    (1, [('"Host": HOST', '"Host": HOST, "Authorization": "Bearer token"')], "expects a SigV4 signature"),
    (2, [("execute-api", "s3")], SAME),
    (6, [(QUERY, 'urlencode({"limit": "2", "q": "tea cup"})')], "One rule is left: a space"),
    (6, [(QUERY, '"q=tea%20cup&limit=2"')], "One rule is left: the order"),
    (8, [('    "Accept-Encoding": "gzip, deflate, br",\n', "")], "isn't sent any more, but it is still signed"),
    (8, [("accept-encoding:gzip, deflate, br\\n", "")], "out of the canonical headers, but still in the signed"),
    (8, [('"accept-encoding;host', '"host')], "out of the signed headers, but still in the canonical"),
    (8, [("accept-encoding:gzip, deflate, br", "accept-encoding:gzip")], "happens to be the one that the proxy sends"),
    (
        9,
        [("YESTERDAYS_SESSION", "assume_role()"), ("import assume_role()", "import assume_role")],
        "still doesn't arrive",
    ),
    (
        10,
        [("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")],
        "InvokeFunctionUrl isn't allowed: no statement names it",
    ),
    (11, [(BOTH, '"lambda:InvokeFunctionUrl"')], SAME),
    (
        11,
        [(f"{URL_CONDITION},", "")],
        "InvokeFunctionUrl isn't allowed: its statement has a condition on lambda:InvokedVia",
    ),
    (
        11,
        [(f"{URL_CONDITION},", URL_CONDITION), ('"Bool": { "lambda:InvokedViaFunctionUrl": "true" }', "")],
        "InvokeFunction isn't allowed: its statement has a condition on lambda:FunctionUrlAuthType",
    ),
    (12, [("        path,", "        quote(path),")], ""),
]


@pytest.mark.parametrize(
    ("number", "changes", "hint", "of"),
    [(*turn, SOLUTIONS) for turn in WRONG_TURNS] + [(*turn, STARTERS) for turn in HALF_RIGHT],
)
def test_a_wrong_turn_has_a_hint_of_its_own(
    number: int, changes: list[tuple[str, str]], hint: str, of: Path, tmp_path: Path
) -> None:
    tried = changed(tmp_path, number, *changes, of=of)
    assert not tried.done
    assert hint in said(tried, tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff"], ids=["missing", "empty", "blank", "other bytes"])
def test_only_the_puzzle_of_the_secret_file_needs_it(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret_file = tmp_path / "secret.txt"
    if content is not None:
        secret_file.write_bytes(content)
    monkeypatch.setattr(given, "SECRET_FILE", secret_file)
    assert attempt(BY_NUMBER[1], SOLUTIONS / "puzzle_01.py").done
    assert not attempt(BY_NUMBER[3], SOLUTIONS / "puzzle_03.py").holds_the_secret


def test_a_comment_that_is_added_is_no_wrong_turn(tmp_path: Path) -> None:
    game, puzzle = Game(tmp_path, "en"), BY_NUMBER[2]
    file = game.file(puzzle)
    file.write_text("# mine\n" + file.read_text("utf-8"), "utf-8")
    tried = attempt(puzzle, file)
    assert tried.record is not None
    assert game.outcome(tried)[-1].strip() == tried.record.body.decode("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("        quote(path),", "        path,", "path_as_sent"), ("sha256(body)", 'sha256(b"")', "body_not_signed")],
)
def test_each_of_the_two_mistakes_of_the_last_puzzle_is_enough(old: str, new: str, code: str, tmp_path: Path) -> None:
    tried = changed(tmp_path, 12, (old, new))
    assert tried.codes == (code,)
    assert tried.record is not None
    assert said(tried, tmp_path).endswith(tried.record.body.decode("utf-8"))


def test_the_last_puzzle_shows_the_request_and_why_403_can_read_it(tmp_path: Path) -> None:
    """It has no hints, so the learner compares the request with the one that was signed."""
    tried = attempt(BY_NUMBER[12], STARTERS / "puzzle_12.py")
    shown = said(tried, tmp_path)
    assert "POST /orders/green%20tea HTTP/1.1\n" in shown
    request = read_paste(shown.encode()).chosen.request
    assert request is not None
    assert (request.method, request.target, request.body) == ("POST", "/orders/green%20tea", b'{"item": 12}')
    assert "HTTP/1.1" not in said(attempt(BY_NUMBER[12], SOLUTIONS / "puzzle_12.py"), tmp_path)


BROKEN = [
    (1, "import send", "import sent", r"puzzle_01\.py, line 1: ImportError: cannot import name 'sent'"),
    (3, "read_text()", "read_txt()", r"puzzle_03\.py, line 4: AttributeError: .*read_txt"),
    (3, "read_text()", "read_text(", r"puzzle_03\.py, line 4: SyntaxError"),
    (10, '"Version": "2012-10-17",', '"Version": "2012-10-17"', r"puzzle_10\.json, line 3: this is not JSON"),
    (
        1,
        'sign("GET", "/items/1")',
        'sign("GET", "/items/1", {})',
        r"line 3: TypeError: the body must be bytes, but is d",
    ),
    (1, '"/items/1", headers)', '"/items/1", headers, "")', r"line 4: TypeError: the body must be bytes, but is str"),
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
    assert game.finish(puzzle)[0] == "Puzzle 3 done: The key from a file (hints: 3). 11 left."


def test_a_file_that_is_no_json_is_named_in_the_learners_language(tmp_path: Path) -> None:
    tried = changed(tmp_path, 10, ("{", "["))
    assert "puzzle_10.json は JSON として読めません (2 行目)" in "\n".join(Game(tmp_path, "ja").outcome(tried))


def test_two_statements_with_one_sid_are_named_in_the_learners_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    tried = changed(tmp_path, 10, ("OnlyThroughTheUrl", "CallFunctionUrl"))
    assert "Sid が CallFunctionUrl のステートメントが" in "\n".join(Game(tmp_path, "ja").outcome(tried))


def test_a_hint_after_the_end_shows_nothing_and_does_not_count(tmp_path: Path) -> None:
    game, puzzle = Game(tmp_path, "en"), BY_NUMBER[3]
    game.hint(puzzle)
    game.finish(puzzle)
    assert game.hint(puzzle) == ["  This puzzle is done. To do it again: make puzzle-03-reset"]
    assert game.progress.hints(puzzle) == 1


def test_after_a_reset_the_first_hint_comes_first_and_the_old_ones_still_count(tmp_path: Path) -> None:
    game, puzzle = Game(tmp_path, "en"), BY_NUMBER[3]
    for _ in range(2):
        game.hint(puzzle)
    game.reset(puzzle)
    assert game.hint(puzzle)[0].startswith("  hint 1:")
    assert game.progress.hints(puzzle) == 2


def test_why_a_solution_works_is_said_once_it_does(tmp_path: Path) -> None:
    game = Game(tmp_path, "en")
    for puzzle in ALL:
        assert game.texts[puzzle.key]["works"] in game.finish(puzzle)[1]


def test_a_reset_in_javascript_leaves_the_puzzle_solved_in_python(tmp_path: Path) -> None:
    game = Game(tmp_path, "en")
    game.finish(BY_NUMBER[7])
    game.reset(IN_JAVASCRIPT)
    assert game.progress.is_done(BY_NUMBER[7])
    game.reset(BY_NUMBER[7])
    assert not game.progress.is_done(BY_NUMBER[7])


@pytest.mark.parametrize("puzzle", [*ALL, IN_JAVASCRIPT], ids=lambda puzzle: puzzle.file)
def test_what_a_puzzle_offers_is_there_and_is_shown(puzzle: Puzzle, tmp_path: Path) -> None:
    source = (FOLDER / puzzle.given).read_text("utf-8")
    for name, parameters in re.findall(r"(\w+)(?:\(([^)]*)\))?", puzzle.offers):
        assert re.search(rf"^(?:export )?(?:def |const |function )?{name}\b", source, re.M), name
        if puzzle.language == "py" and parameters:
            names = [*inspect.signature(getattr(given, name)).parameters]
            assert {each.partition("=")[0] for each in parameters.split(", ")} <= set(names)
    shown = "\n".join(Game(tmp_path, "en").task(puzzle))
    assert (f" offers: {puzzle.offers}" in shown) == (puzzle.language != "json")
    imported = re.findall(r"import \{? ?(.*?)(?: \}|$)", (SOLUTIONS / puzzle.file).read_text("utf-8"), re.M)
    functions = {name for line in imported for name in line.split(", ") if name in ("sign", "send", "assume_role")}
    assert functions <= set(re.findall(r"\w+", puzzle.offers))


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
        assert {"title", "task", "hint_1", "hint_2", "works"} <= set(game.texts[puzzle.key])
