"""Every chapter's check: a solution passes, a starter fails, a second try gets a hint, mistakes are named."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from workshop import check as chapter
from workshop.words import texts_of

STARTERS = chapter.EXERCISES / "starters"
SOLUTIONS = chapter.EXERCISES / "solutions"
WITH_FILES = [number for number, (_, names) in chapter.CHECKS.items() if names]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOLUTIONS, tmp_path / "mine"))


def run(monkeypatch: pytest.MonkeyPatch, number: str, folder: Path, locale: str = "C") -> int:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setattr(sys, "argv", ["chapter", number, "--folder", str(folder)])
    return chapter.main()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_every_exercise_has_a_starter_and_a_solution() -> None:
    names = sorted(name for _, files in chapter.CHECKS.values() for name in files)
    assert sorted(p.name for p in STARTERS.iterdir()) == sorted(p.name for p in SOLUTIONS.iterdir()) == names


@pytest.mark.parametrize("number", WITH_FILES)
def test_a_solution_passes(
    number: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, number, folder) == 0
    assert capsys.readouterr().out.endswith(f"chapter {int(number)}: ok\n")


@pytest.mark.parametrize("number", WITH_FILES)
def test_a_starter_does_not(number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, number, tmp_path / "mine") == 1
    assert run(monkeypatch, number.removeprefix("0"), tmp_path / "mine") == 1


def test_a_hint_comes_with_the_second_try_of_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    run(monkeypatch, "3", folder)
    assert "hint (" not in capsys.readouterr().out
    run(monkeypatch, "3", folder)
    assert "hint (canonical query string): sort the pairs" in capsys.readouterr().out
    shutil.copy(SOLUTIONS / "canonical_request.py", folder)
    run(monkeypatch, "3", folder)
    assert "hint (" not in capsys.readouterr().out


def test_an_exercise_without_answers_says_which_answers_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "2", tmp_path / "mine")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "chapter 2: no reason is given yet for"
    assert lines[-1] == "  Write one of these: key, permission, scope, signature"
    run(monkeypatch, "2", tmp_path / "other", "ja_JP.UTF-8")
    assert "まだ答えが書かれていません" in capsys.readouterr().out


def test_the_files_to_edit_are_in_the_learners_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All comments and docstrings of the starters are in chapters.toml; the code is the same."""
    for number in WITH_FILES:
        run(monkeypatch, number, tmp_path / "en")
        run(monkeypatch, number, tmp_path / "ja", "ja_JP.UTF-8")
    for starter in STARTERS.iterdir():
        text = (tmp_path / "ja" / starter.name).read_text("utf-8")
        assert (tmp_path / "en" / starter.name).read_text("utf-8") == starter.read_text("utf-8")
        if starter.suffix == ".py":
            assert "GAP" not in text
            comments = re.findall(r'#.*|""".*"""', text)
            assert len(comments) == len(re.findall(r'#.*|""".*"""', starter.read_text("utf-8")))
            english = [comment for comment in comments if not re.search(r"[぀-ヿ一-鿿]", comment)]
            assert english == []


def test_a_comment_in_chapters_toml_is_one_of_a_starter() -> None:
    text = "".join(starter.read_text("utf-8") for starter in STARTERS.iterdir())
    assert [each for each in texts_of(chapter.TEXTS, "en")["comments"].values() if each not in text] == []


def test_a_step_and_its_comparison_are_named_in_japanese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        run(monkeypatch, "3", tmp_path / "mine", "ja_JP.UTF-8")
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:5] == ["3 章: 正規クエリ文字列が違います", "  --- あなたの結果", "  +++ 正しい結果"]
    assert lines[-1].startswith("ヒント (正規クエリ文字列): ")


def test_the_whole_signature_shows_its_headers(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "3", folder)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Host", "X-Amz-Date", "Authorization", "chapter 3"]


MISTAKES = [
    ("03", "canonical_request.py", 'quote(path, safe="/")', "path", "hint (canonical URI)"),
    ("03", "canonical_request.py", "sorted(headers)", "sorted(headers, reverse=True)", "hint (canonical headers)"),
    ("03", "canonical_request.py", '";".join', '",".join', "hint (signed headers)"),
    ("03", "canonical_request.py", "encoded.sort()", "encoded.srt()", "canonical_request.py, line 11: AttributeError"),
    ("03", "canonical_request.py", "encoded.sort()", "encoded = encoded.sort()", "line 12: TypeError"),
    ("03", "canonical_request.py", "encoded.sort()", "encoded.sort(", "canonical_request.py, line 11: SyntaxError"),
    ("03", "signature.py", "amz_date, scope,", "amz_date, scope[:-1],", "hint (string to sign)"),
    ("03", "signature.py", "region, service,", "service, region,", "hint (signing key)"),
    ("03", "signature.py", ".hex()", ".hex().upper()", "hint (signature)"),
    ("03", "signature.py", "{access_key_id}/", "{access_key_id}", "hint (Authorization header)"),
    ("03", "signature.py", "def signing_key", "def signing_kee", "signing_key"),
    ("03", "signature.py", ".hex()", "", "signature() must return str, but returns bytes"),
    (
        "03",
        "signature.py",
        "    return key",
        "    return key.hex()",
        "signing_key() must return bytes, but returns str",
    ),
    ("02", "read_a_403.json", '"scope"', '"key"', "hint (reasons)"),
    ("02", "read_a_403.json", '": "scope"', '" "scope"', "read_a_403.json, line 3: this is not JSON"),
    ("02", "read_a_403.json", '"scope"', '"region"', "Write one of these: key, permission, scope, signature"),
    ("06", "steps.json", '"aws-url",', '"aws-url"', "steps.json, line 4: this is not JSON"),
    (
        "07",
        "policy.json",
        '"Version": "2012-10-17",',
        '"Version": "2012-10-17"',
        "policy.json, line 3: this is not JSON",
    ),
    ("07", "trust.json", '"Version": "2012-10-17",', '"Version": "2012-10-17"', "trust.json, line 3: this is not JSON"),
    ("06", "steps.json", '"aws-function",', '"aws-key", "aws-function",', "aws-key needs aws-user before it"),
    ("07", "policy.json", '"Bool": { "lambda:InvokedViaFunctionUrl": "true" }', "", "without the URL too"),
    ("07", "policy.json", "FUNCTION_NAME", "FUNCTION_NAME*", "isn't this function alone"),
    ("07", "policy.json", '"lambda:InvokeFunction"', '"lambda:InvokeFuntion"', "did you mean lambda:InvokeFunction?"),
    ("07", "policy.json", '"lambda:InvokeFunction"', '"lambda:UpdateFunctionCode"', "isn't needed"),
    ("07", "policy.json", '"lambda:InvokeFunction"', '"lambda:Invoke*"', "more than one action"),
    ("07", "policy.json", '"lambda:InvokeFunction"', '["lambda:InvokeFunction", "s3:*"]', "more than one action"),
    ("07", "policy.json", '"Action": "lambda:InvokeFunction"', '"NotAction": "iam:PassRole"', "NotAction allows"),
    ("07", "policy.json", '"Resource"', '"NotResource"', "NotResource allows"),
    ("07", "policy.json", "OnlyThroughTheUrl", "CallFunctionUrl", "the Sid CallFunctionUrl"),
    ("07", "trust.json", ', "ISSUER:sub": "SUBJECT"', "", "the sub system:serviceaccount:default:other, too"),
    ("07", "trust.json", '"ISSUER:sub": "SUBJECT"', '"ISSUER:sub": "*"', "wants 127.0.0.1:9010/oidc:sub to be '*'"),
    ("07", "trust.json", '"ISSUER:aud": "sts.amazonaws.com", ', "", "the condition on 127.0.0.1:9010/oidc:aud"),
    ("07", "trust.json", "AssumeRoleWithWebIdentity", "AssumeRole", "doesn't name the identity provider"),
    ("07", "trust.json", "oidc-provider/ISSUER", "oidc-provider/*", "has the principal"),
    ("07", "policy.json", '"Version"', '"Versions"', "policy.json has the element 'Versions'"),
]


@pytest.mark.parametrize(("number", "name", "old", "new", "message"), MISTAKES)
def test_a_mistake_is_named(
    number: str,
    name: str,
    old: str,
    new: str,
    message: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    edit(folder / name, old, new)
    assert run(monkeypatch, number, folder) == 1
    assert run(monkeypatch, number, folder) == 1
    assert message in capsys.readouterr().out


@pytest.mark.parametrize("name", ["policy.json", "trust.json"])
def test_two_statements_with_one_sid_are_named_in_the_learners_language(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = json.loads((folder / name).read_text("utf-8"))
    policy["Statement"] = [policy["Statement"][0] | {"Sid": "Copied"}] * 2
    (folder / name).write_text(json.dumps(policy), "utf-8")
    assert run(monkeypatch, "07", folder, "ja_JP.UTF-8") == 1
    assert "Sid が Copied のステートメントが" in capsys.readouterr().out


def test_a_paste_without_a_reason_is_not_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "my_call.txt").write_text("hello", "utf-8")
    assert run(monkeypatch, "09", folder) == 1
    assert "finds no reason" in capsys.readouterr().out


def test_both_conditions_in_one_statement_are_explained(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(chapter.ROOT / "workshop" / "puzzles" / "starters" / "puzzle_11.json", folder / "policy.json")
    assert run(monkeypatch, "07", folder) == 1
    assert "its statement has both conditions" in capsys.readouterr().out


def test_another_statement_that_allows_nearly_everything_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = json.loads((folder / "policy.json").read_text("utf-8"))
    policy["Statement"].append({"Effect": "Allow", "NotAction": ["iam:PassRole"], "Resource": "*"})
    (folder / "policy.json").write_text(json.dumps(policy), "utf-8")
    assert run(monkeypatch, "07", folder) == 1
    assert "NotAction allows" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["01", "04"])
def test_a_chapter_that_needs_the_services_says_how_to_start_them(
    number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGE_CALLER_PORT", "1")
    assert run(monkeypatch, number, tmp_path) == 1
    assert "run make local-dev in another terminal" in capsys.readouterr().out


def test_clean_up_names_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "08", tmp_path / "mine") == 0
    (tmp_path / "call.py").touch()
    assert run(monkeypatch, "08", tmp_path / "mine") == 1
    assert "call.py is still there" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["11", "x", "-1"])
def test_a_chapter_that_is_not_there_is_named(number: str) -> None:
    command = [sys.executable, "-m", "workshop.check", "--", number]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (2, "")
    assert "make chapter-1 to make chapter-10" in ended.stdout


def test_the_starters_are_copied_once_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    run(monkeypatch, "07", folder)
    (folder / "policy.json").write_text("edited")
    run(monkeypatch, "07", folder)
    assert (folder / "policy.json").read_text() == "edited"
    assert capsys.readouterr().out.count("New: ") == 2  # policy.json and trust.json, once each


def events(sent_at: float) -> str:
    return "".join(f'data: {{"number": {number}, "sent_at": {sent_at}}}\n\n' for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (events(0.0) + "event: end\n", "all events came at the end"),
        (events(9e9), "has no event: end"),
        (events(9e9) + "event: end\n", "chapter 10: ok"),
    ],
)
def test_a_buffered_or_cut_stream_is_told_from_one_that_streams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    @contextmanager
    def streamed(*call: object, **options: object) -> Iterator[httpx.Response]:
        yield httpx.Response(200, text=text)

    monkeypatch.setattr("httpx.stream", streamed)
    run(monkeypatch, "10", tmp_path / "mine")
    assert said in capsys.readouterr().out
