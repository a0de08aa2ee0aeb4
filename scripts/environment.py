"""Makes an environment from its lock: with uv if it is there, else with venv and pip.

It runs before any package is there: it, and what it imports, needs the standard library only.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from running.program import Program, started
from running.stopping import Stopped, stop_on_signals

FOLDERS = {
    "run": ".venv",
    "dev": ".venv",
    "browser": ".venv",
    "aws_tools": "infra/.venv",
    "benchmarks": "benchmarks/.venv",
}
# What each lock makes ready: the developers' tools come on top of what runs.
READY = {"dev": ["run", "dev"]}
find_network_error = re.compile(
    "name resolution|NameResolutionError|Name or service not known|nodename nor servname|Network is unreachable"
    "|establish a new connection|ConnectTimeout|ProxyError|dns error|error sending request"
).search
NO_NETWORK = "no network: packages are downloaded once, and after that none is needed. Run it again with a network"


def make(group: str) -> None:
    """Ends with one sentence if a command fails, or after a signal."""
    stop_on_signals()
    try:
        install(group)
    except Stopped:
        sys.exit("\nset-up stopped before its end: run it again to go on")


def install(group: str) -> None:
    folder, lock = FOLDERS[group], f"requirements/{group}.txt"
    python = f"{folder}/bin/python"
    locked = Path(lock).read_text("utf-8").splitlines()
    total = sum(1 for line in locked if re.match("[a-z0-9].*==", line) and "win32" not in line)
    print(f"Setting up {folder} with {total} packages (once).", flush=True)
    # An environment that works is kept until the new packages are there: without a network nothing is lost.
    clear = [] if is_of_this_python(python) else ["--clear"]
    site = Path(folder, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
    if shutil.which("uv"):
        run("environment", ["uv", "venv", *(clear or ["--allow-existing"]), "--python", sys.executable, folder])
        run("packages", ["uv", "pip", "install", "--require-hashes", "--python", python, "-r", lock], site, total)
    else:
        run("environment", [sys.executable, "-m", "venv", *clear, folder])
        options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--require-hashes"]
        run("packages", [python, "-m", "pip", "install", *options, "-r", lock], site, total)
    for ready in READY.get(group, [group]):
        Path(folder, f".{ready}").write_text("")  # the Makefile compares its date with the lock's
    print("Ready.", flush=True)


def is_of_this_python(python: str) -> bool:
    """Whether the environment's Python runs, and is of the version that runs this."""
    try:
        version = subprocess.check_output([python, "-c", "import sys; print(sys.version_info[:2])"], text=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return version.strip() == str(sys.version_info[:2])


class Progress:
    """Shows what a command does: on a terminal in one line that changes, elsewhere a line every few seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = self._began
        self._terminal = sys.stdout.isatty()

    def show(self, text: str, last: bool = False) -> None:
        now = time.monotonic()
        line = f"  {text} ({now - self._began:.0f} s)"
        if self._terminal:
            print(f"\r{line:<60}", end="\n" if last else "", flush=True)
        elif last or now - self._shown > 5:
            print(line, flush=True)
            self._shown = now


def run(doing: str, command: list[str], site: Path | None = None, total: int = 0) -> None:
    """Runs the command and shows how far it is; ends with a sentence when it fails or there is no network."""
    progress, lines = Progress(), list[str]()
    with started(Program(command[0], command, os.environ, on_line=lines.append)) as program:
        process = program.process
        while process.poll() is None and sum(1 for line in lines if find_network_error(line)) < 2:
            time.sleep(0.1)
            progress.show(doing + (how_far(lines, site, total) if site else ""))
    progress.show(doing, last=True)
    if process.returncode != 0:
        if any(map(find_network_error, lines)):
            sys.exit("set-up stopped: " + NO_NETWORK)
        print(*lines[-15:], sep="\n")
        sys.exit(f"set-up stopped: {' '.join(command[:4])} failed with status {process.returncode}: see above")


def how_far(lines: list[str], site: Path, total: int) -> str:
    if any(line.startswith(("Installing collected", "Prepared")) for line in lines):
        return f": {min(len([*site.glob('*.dist-info')]), total)} of {total} installed"
    return f": {sum(line.startswith('Collecting ') for line in lines)} of {total} downloaded"
