"""Makes an environment from its lock: `python3 scripts/setup.py run`. It uses uv if it is there, else venv and pip.

It imports the standard library only. It has to start on a Python that is too old for the rest, in order to say so.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

OLDEST = (3, 11)
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


def explanation() -> "str | None":
    """One sentence on why this Python can't make the environment, or None when it can."""
    found = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info < OLDEST:
        return (
            f"this is Python {found}, and 3.11 or newer is needed: "
            "install one, then name it, as in: make setup PYTHON=python3.13"
        )
    if sys.platform == "win32":
        return "Windows isn't supported: run it in WSL (wsl --install), where Linux's commands work"
    if shutil.which("uv"):
        return None
    try:
        import ensurepip  # noqa: F401 - Debian and Ubuntu ship it in a package of its own
    except ImportError:
        return f"this Python can't make environments: sudo apt-get install python{found}-venv"
    return None


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


signals: "list[int]" = []
starting: "list[bool]" = []


def started(command: "list[str]") -> "subprocess.Popen[str]":
    """The process. A signal that comes meanwhile waits: what has started must be known before it can be ended."""
    starting.append(True)
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    starting.clear()
    return process


def stop_if_asked() -> None:
    if signals:
        sys.exit("\nset-up stopped before its end: run it again to go on")


def run(doing: str, command: "list[str]", site: str = "", total: int = 0) -> None:
    """Runs the command and shows how far it is; ends with a sentence when it fails or there is no network."""
    progress = Progress()
    lines: list[str] = []
    with started(command) as process:
        reader = threading.Thread(target=read, args=(process, lines))
        try:
            stop_if_asked()
            reader.start()
            while process.poll() is None:
                time.sleep(0.1)
                progress.show(doing + how_far(lines, site, total))
                if sum(1 for line in lines if find_network_error(line)) > 1:
                    process.terminate()
        finally:
            process.kill()
            if reader.is_alive():  # a signal may come before it has started
                reader.join()
    progress.show(doing, last=True)
    if process.returncode != 0:
        if any(map(find_network_error, lines)):
            sys.exit("set-up stopped: " + NO_NETWORK)
        print("".join(lines[-15:]), end="")
        sys.exit(f"set-up stopped: {' '.join(command[:4])} failed with status {process.returncode}: see above")


def read(process: "subprocess.Popen[str]", lines: "list[str]") -> None:
    with contextlib.suppress(ValueError):  # closed already, where a signal came just as this began
        for line in process.stdout or ():
            lines.append(line)


def how_far(lines: "list[str]", site: str, total: int) -> str:
    if not total:
        return ""
    if any(line.startswith(("Installing collected", "Prepared")) for line in lines):
        return f": {min(len(installed(site)), total)} of {total} installed"
    return f": {sum(1 for line in lines if line.startswith('Collecting '))} of {total} downloaded"


def installed(site: str) -> "list[str]":
    return [name for name in os.listdir(site) if name.endswith(".dist-info")] if os.path.isdir(site) else []


def make(group: str) -> None:
    folder, lock = FOLDERS[group], os.path.join("requirements", group + ".txt")
    python = os.path.join(folder, "bin", "python")
    with open(lock, encoding="utf-8") as file:
        total = sum(1 for line in file if re.match("[a-z0-9].*==", line) and "win32" not in line)
    print(f"Setting up {folder} with {total} packages (once).", flush=True)
    # An environment that works is kept until the new packages are there: without a network nothing is lost.
    clear = [] if is_of_this_python(python) else ["--clear"]
    site = os.path.join(folder, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
    if shutil.which("uv"):
        run("environment", ["uv", "venv", *(clear or ["--allow-existing"]), "--python", sys.executable, folder])
        run("packages", ["uv", "pip", "install", "--require-hashes", "--python", python, "-r", lock], site, total)
    else:
        run("environment", [sys.executable, "-m", "venv", *clear, folder])
        options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--require-hashes"]
        run("packages", [python, "-m", "pip", "install", *options, "-r", lock], site, total)
    for ready in READY.get(group, [group]):
        with open(os.path.join(folder, "." + ready), "w"):
            pass  # the Makefile compares its date with the lock's
    print("Ready.", flush=True)


def stop(number: int, frame: object) -> None:
    signals.append(number)
    if not starting:
        stop_if_asked()


def main() -> None:
    problem = explanation()
    if problem:
        sys.exit("set-up stopped: " + problem)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    make(sys.argv[1])


if __name__ == "__main__":
    main()
