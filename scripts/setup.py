"""Looks whether this Python can make an environment, then makes it: `python3 -m scripts.setup run`.

It has to start on a Python that is too old for the rest, in order to say so.
"""

import shutil
import sys

OLDEST = (3, 11)


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


def main() -> None:
    problem = explanation()
    if problem:
        sys.exit("set-up stopped: " + problem)
    from scripts.environment import make  # an older Python can't import it

    make(sys.argv[1])


if __name__ == "__main__":
    main()
