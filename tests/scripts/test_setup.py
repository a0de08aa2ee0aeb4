"""Set-up on machines that can't: each gets a sentence, not a traceback."""

import ast
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from scripts import environment, setup
from tests.test_import_rules import imported

SETUP = Path(setup.__file__)
ROOT = SETUP.parent.parent
OPTIONAL = {"httpx2", "pytest"}  # of those who install the signer, or test behind a Function URL


def test_a_python_that_can_make_environments_has_nothing_to_explain() -> None:
    assert setup.explanation() is None


def test_names_the_python_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 9, 2))
    explanation = setup.explanation()
    assert explanation is not None
    assert explanation.startswith("this is Python 3.9, and 3.11 or newer is needed")
    assert explanation.endswith("make setup PYTHON=python3.13")


def test_an_old_python_can_read_it() -> None:
    """RHEL 8 and Ubuntu 18.04 have Python 3.6. Later syntax would fail before the sentence."""
    text = SETUP.read_text("utf-8")
    ast.parse(text, feature_version=(3, 6))
    assert "from __future__ import annotations" not in text


def test_names_the_apt_package_on_a_debian_without_python3_venv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr("sys.version_info", (3, 11, 2))
    assert setup.explanation() == ("this Python can't make environments: sudo apt-get install python3.11-venv")


def test_stops_with_the_sentence_alone() -> None:
    code = f"import runpy, sys; sys.version_info = (3, 8); runpy.run_path({str(SETUP)!r}, run_name='__main__')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("set-up stopped: this is Python 3.8, and 3.11 or newer is needed")
    assert "Traceback" not in ended.stderr


def test_keeps_an_environment_of_this_python_only(tmp_path: Path) -> None:
    assert environment.is_of_this_python(sys.executable)
    assert not environment.is_of_this_python(str(tmp_path / "missing"))
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho '(3, 9)'\n")
    other.chmod(0o755)
    assert not environment.is_of_this_python(str(other))


def run_with(output: str, status: int = 1) -> None:
    environment.run("packages", [sys.executable, "-c", f"print({output!r}); raise SystemExit({status})"])


@pytest.mark.parametrize(
    "error",
    [
        "WARNING: Retrying (Retry(total=4)) after 'NewConnectionError(Temporary failure in name resolution)'",
        "  Caused by: error sending request for url (https://files.example/a.whl)",
        "Failed to establish a new connection: [Errno 101] Network is unreachable",
    ],
)
def test_says_that_there_is_no_network(error: str) -> None:
    with pytest.raises(SystemExit, match=r"^set-up stopped: no network: packages are downloaded once"):
        run_with(error)


def test_shows_the_end_of_the_output_of_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^set-up stopped: .* failed with status 7: see above$"):
        run_with("ERROR: No matching distribution found", status=7)
    assert "ERROR: No matching distribution found\n" in capsys.readouterr().out


def test_needs_no_package() -> None:
    """Python's option -S leaves out all that was installed."""
    subprocess.run([sys.executable, "-S", "-c", "import scripts.environment, scripts.setup"], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["Collecting a==1", "  Downloading a.whl"], ": 1 of 2 downloaded"),
        (["Collecting a==1", "Installing collected packages: a, b"], ": 1 of 2 installed"),
    ],
)
def test_shows_how_far_it_is(tmp_path: Path, lines: list[str], text: str) -> None:
    (tmp_path / "a-1.dist-info").mkdir()
    (tmp_path / "a").mkdir()
    assert environment.how_far(lines, tmp_path, 2) == text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_it_with_a_sentence_and_ends_what_it_runs(tmp_path: Path, number: signal.Signals) -> None:
    """In the place of uv stands a program that never ends."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text("a==1\n")
    (tmp_path / "uv").write_text("#!/bin/sh\necho $$ > pid.new; mv pid.new pid; exec sleep 600\n")
    (tmp_path / "uv").chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.setup", "run"],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "pid").exists():
        assert process.poll() is None
    process.send_signal(number)
    _, error = process.communicate(timeout=10)
    assert (process.returncode, error) == (1, "\nset-up stopped before its end: run it again to go on\n")
    pid, deadline = int((tmp_path / "pid").read_text()), time.monotonic() + 10
    while is_there(pid):  # it has ended, but stays until its new parent has asked how
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pins(group: str) -> set[str]:
    lock = (ROOT / "requirements" / f"{group}.txt").read_text("utf-8")
    return set(re.findall(r"^[a-z0-9._-]+==[^ ]+", lock, re.MULTILINE))


@pytest.mark.parametrize("group", ["lambda_app", "edge_caller", "local_aws", "run"])
def test_the_developers_environment_has_the_versions_of_what_runs(group: str) -> None:
    assert pins(group) - pins("dev") == set(), "run make lock"


@pytest.mark.parametrize(
    "room",
    ["edge_caller", "infra", "lambda_app", "local_aws", "policies", "rehearsal", "running", "scripts", "workshop"],
)
def test_what_runs_needs_no_developers_tool(room: str) -> None:
    """What a room imports is in the lock of `make demo`."""
    locked = {pin.partition("==")[0] for pin in pins("run")}
    for path in (path for path in (ROOT / room).rglob("*.py") if ".venv" not in path.parts):
        roots = {name.split(".")[0] for name in imported(path)} - set(sys.stdlib_module_names)
        roots -= {name.name for name in ROOT.iterdir()}
        distributions = {canonical(packages_distributions()[root][0]) for root in roots}
        assert distributions - locked - OPTIONAL == set(), path


def canonical(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()
