"""The Makefile as its users see it: one screen of commands, and what git leaves out."""

import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from running.ports import HOST

ROOT = Path(__file__).parent.parent.parent


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_help_fits_one_screen_and_begins_with_the_first_steps() -> None:
    lines = make().stdout.splitlines()
    assert lines[0] == "Start here"
    assert "make demo" in lines[1]
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 110


def test_help_all_lists_every_command_that_help_lists() -> None:
    main, all_commands = (
        set(re.findall(r"^  make ([\w-]+)", make(name).stdout, re.MULTILINE)) for name in ("help", "help-all")
    )
    assert main < all_commands


def test_run_lambda_names_a_busy_port() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        ended = make("--assume-old=.venv/.run", "run-lambda", f"LAMBDA_APP_PORT={port}")
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"port {port}, which lambda_app needs, can't be used (Address already in use): stop")


def is_ignored(name: str) -> bool:
    command = ["git", "check-ignore", "--quiet", "--no-index", name]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("name", [".dev.vars", ".dev.vars.old", ".env", "wheels/a.whl", "infra/.venv/bin/aws"])
def test_git_ignores_secrets_and_downloads(name: str) -> None:
    assert is_ignored(name)


def test_git_keeps_the_example_of_the_variables() -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", "--quiet", "--no-index", ".dev.vars.example"], cwd=ROOT, check=False
    )
    assert ignored.returncode == 1
