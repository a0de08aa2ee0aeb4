"""`make doctor`: lists the tools with their versions, the commands that need them, and how to install them.

It changes nothing and needs no package. It ends with exit code 1 when the first steps can't work.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

from running.tools import DOCKER, compose_program

Version = tuple[int, ...]


@dataclass(frozen=True)
class Tool:
    """`command` prints the version, which must be `least` or newer. Only the commands in `use` need the tool."""

    name: str
    command: tuple[str, ...]
    least: Version
    use: str
    get: str
    optional: bool = True


DOCKER_VERSION = (DOCKER, "version", "--format", "{{.Client.Version}}")
TOOLS = (
    Tool("python", (sys.executable, "--version"), (3, 11), "all", "python.org, or your system's packages", False),
    Tool("venv", (sys.executable, "-c", "import ensurepip; print(ensurepip.version())"), (0,), "make setup, without uv",
         "sudo apt-get install python3-venv, or install uv", bool(shutil.which("uv"))),
    Tool("make", ("make", "--version"), (3, 81), "all",
         "sudo apt-get install make; macOS: xcode-select --install; Windows: wsl --install, then in WSL", False),
    Tool("git", ("git", "--version"), (2, 20), "make build, push: the image's commit", "git-scm.com"),
    Tool("docker", DOCKER_VERSION, (20, 10), "make build, run, push",
         "docs.docker.com/get-docker"),
    Tool("docker engine", (DOCKER, "version", "--format", "{{.Server.Version}}"), (20, 10), "make build, run, push",
         "start Docker Desktop, or: sudo systemctl start docker"),
    Tool("buildx", (DOCKER, "buildx", "version"), (0, 10), "make build, with Docker 23 or newer",
         "sudo apt-get install docker-buildx-plugin (Docker Desktop has it)"),
    Tool("compose", (*compose_program(), "version"), (1, 29), "make local-dev-docker, demo-docker",
         "docs.docker.com/compose/install"),
    Tool("aws", ("aws", "--version"), (1, 17, 10), "make ecr-create, ecr-login, aws-*", "docs.aws.amazon.com/cli"),
    Tool("uv", ("uv", "--version"), (0, 5), "make lock; a faster make setup", "pip install uv"),
    Tool("node", ("node", "--version"), (20,), "make test-interop", "nodejs.org"),
    Tool("curl", ("curl", "--version"), (7, 75), "make test-interop: --aws-sigv4", "sudo apt-get install curl"),
)  # fmt: skip


def version_of(command: tuple[str, ...]) -> str | None:
    """The first thing in the command's output that looks like a version; None where it can't be run."""
    if shutil.which(command[0]) is None:
        return None
    try:
        finished = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+(\.\d+)+", finished.stdout)
    return found[0] if found and finished.returncode == 0 else None


def tools_for(docker_version: str | None) -> list[Tool]:
    """Without buildx where Docker is older than 23: that Docker has BuildKit built in."""
    built_in = docker_version is not None and int(docker_version.split(".")[0]) < 23
    return [tool for tool in TOOLS if not (built_in and tool.name == "buildx")]


def verdict(tool: Tool, version: str | None) -> str:
    if version is None:
        return "missing"
    return "ok" if tuple(map(int, version.split("."))) >= tool.least else "too old"


def main() -> int:
    usable = True
    for tool in tools_for(version_of(DOCKER_VERSION)):
        version = version_of(tool.command)
        found = verdict(tool, version)
        usable = usable and (found == "ok" or tool.optional)
        line = f"{found:<8} {tool.name:<14} {version or '-':<10} {tool.use}"
        if found != "ok":
            least = ".".join(map(str, tool.least))
            line += (
                f"\n{'':<34} get {least} or newer: {tool.get}" if any(tool.least) else f"\n{'':<34} get it: {tool.get}"
            )
        print(line)
    print(
        "\nEverything that the first steps need is here." if usable else "\nThe first steps need what isn't ok above."
    )
    return 0 if usable else 1


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.exit(main())
