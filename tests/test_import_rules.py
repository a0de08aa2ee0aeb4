"""The import rules: the table of docs/en/architecture.md, and data flows one way inside edge_caller."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("lambda_app", "edge_caller", "local_aws")

# Each module of the edge caller, and what of the package it may import. `signer` and `process` are rooms.
EDGE_CALLER = {
    "__main__": {"access", "config", "credential_sources", "errors", "process", "signer", "variables"},
    "process": {"app", "config", "errors", "limits", "process", "signer"},
    "app": {
        *("access", "config", "errors", "invoke_api", "error_responses", "proxy", "request_log", "signer", "upstream"),
        "variables",
    },
    "invoke_api": {"answer", "body", "errors", "hints", "incoming", "proxy", "request_log", "cancellation", "upstream"},
    "proxy": {"answer", "body", "errors", "headers", "hints", "incoming", "request_log", "cancellation", "upstream"},
    "upstream": {"body", "config", "errors", "limits", "request_log", "retry", "signer", "cancellation"},
    "answer": {"errors", "headers", "limits", "cancellation"},
    "body": {"errors", "incoming", "limits", "cancellation"},
    "access": {"config", "errors", "incoming"},
    "incoming": {"config", "errors", "headers"},
    "config": {"credential_sources", "errors", "headers", "limits", "signer", "variables"},
    "credential_sources": {"errors", "signer", "variables"},
    "variables": {"errors"},
    "error_responses": {"errors", "signer"},
    "limits": {"errors"},
    "cancellation": {"errors"},
    "headers": set(),
    "hints": set(),
    "request_log": set(),
    "retry": set(),
    "signer": {"signer"},
    "errors": set(),
    "__init__": set(),
}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def sources(room: str) -> list[Path]:
    """The project's own files: nothing installed (.venv, .cache, node_modules, python_modules)."""
    paths = (ROOT / room).rglob("*.py")
    return [path for path in paths if not any(part.startswith(".") or part.endswith("_modules") for part in path.parts)]


def table(language: str) -> dict[str, set[str]]:
    """Each room, and the other rooms that it may import."""
    page = (ROOT / "docs" / language / "architecture.md").read_text("utf-8")
    lines = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|$", page.split("|---|---|")[2], re.MULTILINE)
    rooms = {name.strip("`").removesuffix(".py"): re.findall(r"`([^`]+)`", others) for name, others in lines}
    return {name: {other.removesuffix(".py") for other in others} for name, others in rooms.items()}


ROOMS = table("en")


def room_of(place: str) -> str | None:
    """The smallest room that `place` is in, such as edge_caller/signer/auth; None outside the project."""
    found = [room for room in (*ROOMS, "tests") if f"{place}/".startswith(f"{room}/")]
    return max(found, key=len, default=None)


def files_of(room: str) -> list[Path]:
    copy = ROOT / "worker" / "src" / "edge_caller"  # made by worker/build.py
    paths = [path for path in sources(room.split("/")[0]) if not path.is_relative_to(copy)]
    return [path for path in paths if room_of(path.relative_to(ROOT).with_suffix("").as_posix()) == room]


def test_the_table_is_the_same_in_both_languages() -> None:
    assert table("ja") == ROOMS


def test_each_package_has_a_row() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_the_table_says_and_nothing_else(room: str) -> None:
    used: dict[str | None, Path] = {}
    for path in files_of(room):
        used |= {room_of(name.replace(".", "/")): path.relative_to(ROOT) for name in imported(path)}
    assert {other: path for other, path in used.items() if other not in {None, room, *ROOMS[room]}} == {}
    assert ROOMS[room] <= set(used), f"{room} no longer imports all of these"


# What the table may never allow, whatever it says of the rest.
STRANGERS = {
    "lambda_app": {"edge_caller", "local_aws"},
    "edge_caller": {"lambda_app", "local_aws"},
    "local_aws": {"lambda_app", "edge_caller"},
    "infra": {"lambda_app", "local_aws", "rehearsal"},
}


def test_the_table_allows_no_meeting_but_over_http() -> None:
    for room, others in ROOMS.items():
        assert not {other.split("/")[0] for other in others} & STRANGERS.get(room.split("/")[0], set()), room
    assert ROOMS["policies"] == ROOMS["edge_caller/signer"] == set()
    assert "edge_caller/process" not in ROOMS["edge_caller"]  # the app imports no host


def test_scripts_are_imported_by_their_own_tests_only() -> None:
    rooms = ("benchmarks", "infra", "policies", "rehearsal", "running", "tests", "worker", "workshop")
    for path in (path for room in (*PACKAGES, *rooms) for path in sources(room)):
        if path.parent != ROOT / "tests" / "scripts":
            assert not [name for name in imported(path) if name.split(".")[0] == "scripts"], path


@pytest.mark.parametrize("path", sorted((ROOT / "edge_caller").rglob("*.py")), ids=str)
def test_data_flows_one_way_in_the_edge_caller(path: Path) -> None:
    inside = {name.split(".")[1] for name in imported(path) if name.startswith("edge_caller.")}
    room = path.relative_to(ROOT / "edge_caller").parts[0].removesuffix(".py")
    assert inside <= EDGE_CALLER[room]


SIGNER = ROOT / "edge_caller" / "signer"


@pytest.mark.parametrize("path", sorted(SIGNER.rglob("*.py")), ids=lambda path: str(path.relative_to(SIGNER)))
def test_the_signer_imports_the_standard_library_and_httpx_alone(path: Path) -> None:
    """So that the folder can be copied. `httpx2_auth.py` alone imports httpx2, and `sigv4.py` no client at all."""
    clients = {"httpx2_auth.py": {"httpx2"}, "sigv4.py": set()}.get(path.name, {"httpx"})
    names = {name for name in imported(path) if not name.startswith("edge_caller.signer.")}
    assert {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) <= clients


def test_nothing_imports_what_needs_httpx2() -> None:
    for package in (*PACKAGES, "infra", "policies", "rehearsal", "running", "scripts", "worker", "workshop"):
        for path in sources(package):
            assert not [name for name in imported(path) if "httpx2_auth" in name], path


def test_the_edge_caller_does_without_fastapi_and_pydantic() -> None:
    for path in (ROOT / "edge_caller").rglob("*.py"):
        assert not {name.split(".")[0] for name in imported(path)} & {"fastapi", "pydantic"}, path


def test_lambda_app_imports_nothing_of_lambdas() -> None:
    for path in (ROOT / "lambda_app").glob("*.py"):
        assert not {name.split(".")[0] for name in imported(path)} & {"boto3", "botocore", "mangum", "awslambdaric"}


def test_no_module_is_called_after_nothing_in_particular() -> None:
    names = {path.stem for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert not names & {"utils", "common", "helpers", "core"}
