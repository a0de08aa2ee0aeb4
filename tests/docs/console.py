"""Follows a chapter as a learner does: runs its commands in order, edits the files, reads the stand-in's log.

It works in a copy of the project, so that nothing of the learner's is changed.
Source: docs/en/teacher.md, "How the chapters are tested".
"""

import difflib
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, chdir
from pathlib import Path
from types import TracebackType

from running.ports import Ports, free_ports
from running.processes import processes
from running.request_lines import RequestLines
from tests.docs.documents import ROOT, Block

LOG_SECONDS = 5
COMMAND_SECONDS = 60
SESSION_SECONDS = "5"  # as chapter 7 says
STAMPS = (".run", ".dev")
# What is large, secret, the learner's own, or not needed.
NOT_COPIED = [
    *(".git", ".venv*", ".dev.vars", ".*_cache", ".hypothesis", "__pycache__", "node_modules", "python_modules"),
    *("benchmarks", "mine", "tests"),
]


class Drift(AssertionError):
    """What a document shows is not what happens. The message has the diff."""


def matches(shown: str, happened: str) -> bool:
    """Line by line; `...` is any text within its line, and on a line of its own any number of lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, happened if happened.endswith("\n") or not happened else happened + "\n") is not None


def compare(block: Block, command: str, shown: str, happened: str) -> None:
    if not matches(shown, happened):
        lines = difflib.unified_diff(shown.splitlines(), happened.splitlines(), "shown", "happened", lineterm="")
        raise Drift(f"{block}: {command}\n" + "\n".join(lines))


def commands(text: str) -> list[tuple[str, str]]:
    """Each command with the output that is shown under it. A command may go on after a backslash."""
    parts = re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    if "".join(f"$ {command}\n{output}" for command, output in parts) != text:
        raise Drift(f"a console block begins with a command, after a dollar sign and a space:\n{text}")
    return parts


def copy_of_project(folder: Path) -> None:
    """The files, and an environment that `make` takes for ready. Modification times are kept."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED), dirs_exist_ok=True)
    (folder / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name not in STAMPS:
            (folder / ".venv" / entry.name).symlink_to(entry)
    for stamp in STAMPS:
        (folder / ".venv" / stamp).touch()


class Learner:
    """A context manager: the three services run in the copy, once for all chapters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log: list[str] = []
        self._lines = RequestLines(self._log.append)
        self._ports = free_ports()
        self._stack = ExitStack()

    def __enter__(self) -> "Learner":
        copy_of_project(self.folder)
        (self.folder / ".curlrc").write_text("silent\nshow-error\n")  # as on a terminal: no progress meter
        os.environ["LOCAL_AWS_SESSION_SECONDS"] = SESSION_SECONDS
        self._stack.callback(os.environ.pop, "LOCAL_AWS_SESSION_SECONDS")
        with chdir(self.folder):
            self._stack.enter_context(processes(self._ports, self._lines.on_line))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def follow(self, block: Block) -> None:
        """One block: a command to run, a log to read, a file to make or to edit. Others have tests of their own."""
        kind = (block.language, *block.words)
        if kind == ("console",):
            self.run(block)
        elif kind == ("log",):
            self.read_log(block)
        elif block.language == "diff":
            self.edit(block)
        elif block.words[:1] == ("create",):
            (self.folder / block.words[1]).write_text(self._with_ports(block.text), "utf-8")

    def run(self, block: Block) -> None:
        for command, shown in commands(block.text):
            self._log.clear()
            ended = subprocess.run(
                ["/bin/sh", "-c", self._with_ports(command)],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=COMMAND_SECONDS,
                check=False,
            )
            compare(block, command, shown, self._as_documented(ended.stdout))

    def read_log(self, block: Block) -> None:
        """The last lines of make local-dev. They may arrive after the response, or after the next one."""
        deadline = time.monotonic() + LOG_SECONDS
        shown, happened = "...\n" + block.text, ""
        while not matches(shown, happened) and time.monotonic() < deadline:
            self._lines.show_the_rest()
            happened = self._as_documented("".join(f"{line}\n" for line in list(self._log)))
            time.sleep(0.01)
        compare(block, "make local-dev", shown, happened)

    def edit(self, block: Block) -> None:
        """Replaces the lines with - and space by those with + and space; the file must have them exactly once."""
        path = self.folder / block.words[0]
        lines = block.text.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in "- ")
        new = "".join(line[1:] for line in lines if line[0] in "+ ")
        text = path.read_text("utf-8")
        if text.count(old) != 1:
            raise Drift(f"{block}: {block.words[0]} has these lines {text.count(old)} times, not once:\n{old}")
        path.write_text(text.replace(old, new), "utf-8")

    def start_afresh(self) -> None:
        """Takes back the edits of the chapter before."""
        for folder in ("local_aws", "infra", "policies", "workshop"):
            for path in (self.folder / folder).rglob("*"):
                original = ROOT / path.relative_to(self.folder)
                if path.suffix in (".toml", ".json", ".py") and original.exists():
                    shutil.copy2(original, path)

    def _environment(self) -> dict[str, str]:
        ours = ("AWS_", "EDGE_", "FUNCTION_", "LOCAL_AWS_", "DEV_VARS", "MAKE", "MFLAGS", "PYTHONDONT")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        ports = {f"{name.upper()}_PORT": str(port) for name, port in vars(self._ports).items()}
        return inherited | ports | {"CURL_HOME": str(self.folder)}

    def _with_ports(self, text: str) -> str:
        for name, documented in vars(Ports()).items():
            text = text.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{getattr(self._ports, name)}")
        return text

    def _as_documented(self, output: str) -> str:
        for name, documented in vars(Ports()).items():
            output = re.sub(rf"\b{getattr(self._ports, name)}\b", str(documented), output)
        return output.replace(str(self.folder), "/project")
