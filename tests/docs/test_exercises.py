"""Every starter fails at its gap, with a hint; every solution passes; other mistakes are named."""

import subprocess
import sys
from pathlib import Path

import pytest

from workshop import check as chapter

STARTERS = chapter.EXERCISES / "starters"
SOLUTIONS = chapter.EXERCISES / "solutions"


def run(monkeypatch: pytest.MonkeyPatch, number: str, folder: Path) -> int:
    monkeypatch.setattr(sys, "argv", ["chapter", number, "--folder", str(folder)])
    return chapter.main()


def with_file(folder: Path, name: str, old: str, new: str) -> Path:
    """The solutions, with one of them changed."""
    for path in SOLUTIONS.iterdir():
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), "utf-8")
    return folder


def test_every_exercise_has_a_starter_and_a_solution() -> None:
    names = sorted(name for _, files in chapter.CHECKS.values() for name in files)
    assert sorted(p.name for p in STARTERS.iterdir()) == sorted(p.name for p in SOLUTIONS.iterdir()) == names


@pytest.mark.parametrize("number", chapter.CHECKS)
def test_a_solution_passes(number: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, number, SOLUTIONS) == 0
    assert capsys.readouterr().out == f"chapter {int(number)}: ok\n"


STARTER_HINTS = [
    ("03", "canonical_request.py", "hint (canonical query string): sort the pairs"),
    ("03", "signature.py", "hint (signing key): four rounds"),
    ("07", "policy.json", "hint: it takes a second statement"),
]


@pytest.mark.parametrize(("number", "name", "hint"), STARTER_HINTS)
def test_a_starter_fails_with_a_hint(
    number: str,
    name: str,
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = with_file(tmp_path, name, "", "")
    (folder / name).write_text((STARTERS / name).read_text("utf-8"), "utf-8")
    assert run(monkeypatch, number, folder) == 1
    assert hint in capsys.readouterr().out


MISTAKES = [
    ("03", "canonical_request.py", 'quote(path, safe="/")', "path", "hint (canonical URI)"),
    ("03", "canonical_request.py", "sorted(headers)", "sorted(headers, reverse=True)", "hint (canonical headers)"),
    ("03", "canonical_request.py", "encoded.sort()", "encoded.srt()", "stopped with AttributeError"),
    ("03", "signature.py", "{scope}", "{scope[:-1]}", "the string to sign differs"),
    ("03", "signature.py", ".hex()", ".hex().upper()", "the signature differs"),
    ("07", "policy.json", '"Bool": { "lambda:InvokedViaFunctionUrl": "true" }', "", "without the URL too"),
    ("07", "policy.json", "FUNCTION_NAME", "FUNCTION_NAME*", "another function"),
    ("07", "policy.json", "lambda:InvokeFunctionUrl", "lambda:GetFunction", "InvokeFunctionUrl is not allowed"),
    ("07", "policy.json", '"Version"', '"Versions"', "policy.json has the element 'Versions'"),
]


@pytest.mark.parametrize(("number", "name", "old", "new", "message"), MISTAKES)
def test_a_mistake_is_named(
    number: str,
    name: str,
    old: str,
    new: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, number, with_file(tmp_path, name, old, new)) == 1
    assert message in capsys.readouterr().out


def test_the_first_step_that_differs_is_shown_before_the_later_ones() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "workshop.check", "03", "--folder", str(STARTERS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.startswith("chapter 3: the canonical request differs\n  --- yours\n")


def test_the_starters_are_copied_once_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chapter.copy_starters(("policy.json",), tmp_path / "mine")
    (tmp_path / "mine" / "policy.json").write_text("edited")
    chapter.copy_starters(("policy.json",), tmp_path / "mine")
    assert (tmp_path / "mine" / "policy.json").read_text() == "edited"
    assert capsys.readouterr().out.count("New: ") == 1
