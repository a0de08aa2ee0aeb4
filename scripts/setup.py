"""Makes `.venv` from requirements/dev.txt: with uv where it is present, else with plain venv and pip.

It runs before anything is installed, so it imports the standard library only, and it must start on a Python
that is too old for the rest in order to say so.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
VENV = ".venv"
LOCK = os.path.join("requirements", "dev.txt")


def explanation():
    """One sentence on why this Python can't make the environment, or None when it can."""
    found = "%d.%d" % sys.version_info[:2]  # noqa: UP031 - an f-string would not parse on the oldest Pythons
    if sys.version_info < OLDEST:
        return (
            "this is Python " + found + ", and 3.11 or newer is needed: "
            "install one, then name it, as in: make setup PYTHON=python3.13"
        )
    if shutil.which("uv"):
        return None
    try:
        import ensurepip  # noqa: F401 - Debian and Ubuntu ship it in a package of its own
    except ImportError:
        return "this Python can't make environments: sudo apt-get install python" + found + "-venv"
    return None


def is_of_this_python(python):
    """Whether the environment's Python runs, and is of the version that runs this."""
    try:
        version = subprocess.check_output([python, "-c", "import sys; print(sys.version_info[:2])"], text=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return version.strip() == str(sys.version_info[:2])


def run(*command):
    print("$ " + " ".join(command), flush=True)
    status = subprocess.call(command)
    if status != 0:
        sys.exit(
            "set-up stopped: the command above failed with status " + str(status) + "; run make again once it can pass."
        )


def main():
    problem = explanation()
    if problem:
        sys.exit("set-up stopped: " + problem)
    python = os.path.join(VENV, "bin", "python")
    print("Setting up " + VENV + " (once; about half a minute, then no network is needed).", flush=True)
    # An environment that works is kept until the new packages are there: without a network nothing is lost.
    kept = is_of_this_python(python)
    if shutil.which("uv"):
        run("uv", "venv", "--allow-existing" if kept else "--clear", "--python", sys.executable, VENV)
        run("uv", "pip", "sync", "--require-hashes", "--python", python, LOCK)
    else:
        run(sys.executable, "-m", "venv", *([] if kept else ["--clear"]), VENV)
        run(python, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "-r", LOCK)
    with open(os.path.join(VENV, ".ready"), "w"):
        pass  # the Makefile compares its date with the lock's
    print("Ready.", flush=True)


if __name__ == "__main__":
    main()
