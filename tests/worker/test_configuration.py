"""The Worker's files agree with one another, and hold no variable."""

import ast
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from worker.build import PROCESS_ONLY

ROOT = Path(__file__).parent.parent.parent
WORKER = ROOT / "worker"


def wrangler_configuration() -> dict[str, object]:
    text = (WORKER / "wrangler.jsonc").read_text("utf-8")
    return dict(json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)))


def test_the_date_is_that_of_python_3_14_or_later() -> None:
    configuration = wrangler_configuration()
    assert configuration["compatibility_flags"] == ["python_workers"]
    assert str(configuration["compatibility_date"]) >= "2026-09-08"


def test_the_configuration_holds_no_variable() -> None:
    assert set(wrangler_configuration()) == {"name", "main", "compatibility_date", "compatibility_flags"}


def test_the_entry_point_is_there() -> None:
    assert (WORKER / str(wrangler_configuration()["main"])).is_file()


def test_the_lock_is_of_what_pywrangler_installs() -> None:
    """pywrangler adds the SDK by itself."""
    installed = tomllib.loads((WORKER / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    locked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["worker"]
    assert set(locked) - set(installed) == {"workers-runtime-sdk>=1.9"}
    assert set(installed) <= set(locked)


SHIPPED = sorted(path for path in (ROOT / "edge_caller").glob("*.py") if path.name not in PROCESS_ONLY)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_no_module_imports_at_once_what_a_worker_lacks(path: Path) -> None:
    """What a process alone needs (dotenv) is imported where it is used."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
    tops = {name.partition(".")[0] for name in names}
    assert tops - set(sys.stdlib_module_names) <= {"edge_caller", "httpx", "starlette"}
