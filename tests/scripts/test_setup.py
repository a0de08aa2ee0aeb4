"""Set-up on machines that can't: each gets a sentence, not a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import setup

SETUP = Path(setup.__file__)


def test_a_python_that_can_make_environments_has_nothing_to_explain() -> None:
    assert setup.explanation() is None


def test_names_the_python_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.sys, "version_info", (3, 9, 2))
    explanation = setup.explanation()
    assert explanation is not None
    assert explanation.startswith("this is Python 3.9, and 3.11 or newer is needed")
    assert explanation.endswith("make setup PYTHON=python3.13")


def test_a_debian_without_python3_venv_gets_the_apt_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(setup.sys, "version_info", (3, 11, 2))
    assert setup.explanation() == ("this Python can't make environments: sudo apt-get install python3.11-venv")


def test_stops_with_the_sentence_alone() -> None:
    code = f"import runpy, sys; sys.version_info = (3, 8); runpy.run_path({str(SETUP)!r}, run_name='__main__')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("set-up stopped: this is Python 3.8, and 3.11 or newer is needed")
    assert "Traceback" not in ended.stderr


def test_keeps_an_environment_of_this_python_only(tmp_path: Path) -> None:
    assert setup.is_of_this_python(sys.executable)
    assert not setup.is_of_this_python(str(tmp_path / "missing"))
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho '(3, 9)'\n")
    other.chmod(0o755)
    assert not setup.is_of_this_python(str(other))
