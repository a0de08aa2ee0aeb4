"""Another commit's edge caller to measure beside this one: its sources, and the packages of its own lock file."""

import hashlib
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from running.program import ROOT
from running.tools import ToolError, output

ENVIRONMENTS = ROOT / "benchmarks" / ".venvs"
NAMED_PACKAGES = ("aiohttp", "granian", "httpx", "uvicorn", "uvloop")


def commit_named(name: str) -> str:
    """The full commit ID of a name in git. Raises ToolError."""
    try:
        return output("git", "-C", str(ROOT), "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
    except ToolError as error:
        raise ToolError(f"AGAINST={name}: git knows no commit of this name") from error


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A git worktree of the commit in a temporary folder, removed afterwards."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "project"
        output("git", "-C", str(ROOT), "worktree", "add", "--quiet", "--detach", str(folder), commit)
        try:
            yield folder
        finally:
            output("git", "-C", str(ROOT), "worktree", "remove", "--force", str(folder))


def environment_name(lock: bytes, python: str) -> str:
    """The same for the same packages on the same Python."""
    return hashlib.sha256(lock + python.encode()).hexdigest()[:12]


def python_with(lock: Path) -> str:
    """A Python in an environment with the packages of the lock file. The environment is made once and kept."""
    folder = ENVIRONMENTS / environment_name(lock.read_bytes(), sys.version)
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        print(f"Installing an edge caller's packages into {folder.relative_to(ROOT)} (once).", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
        ready.touch()
    return str(python)


def edge_caller(sources: Path) -> list[str]:
    """The command that serves the edge caller of these sources with its own packages."""
    return [python_with(sources / "requirements" / "edge_caller.txt"), "-m", "edge_caller", "--port", "{port}"]


def named_versions(lock: str) -> str:
    """The versions in a lock file that a reader of the figures wants to know: "aiohttp 3.14.5, httpx 0.28.1"."""
    found = dict(re.findall(r"^([\w-]+)==([\w.]+)", lock, re.MULTILINE))
    return ", ".join(f"{name} {found[name]}" for name in NAMED_PACKAGES if name in found)


def setting() -> str:
    """What was measured, with what: one line for the top of the tables."""
    commit = output("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*")
    packages = named_versions((ROOT / "requirements" / "edge_caller.txt").read_text("utf-8"))
    return f"commit {commit}, Python {platform.python_version()}, {packages}; {platform.machine()}"
