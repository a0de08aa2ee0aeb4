"""The import rules: the three packages meet over HTTP only, and data flows one way inside edge_caller."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("lambda_app", "edge_caller", "local_aws")

# Each module of the edge caller, and what of the package it may import. `signer` and `process` are rooms.
EDGE_CALLER = {
    "__main__": {"access", "config", "errors", "process"},
    "process": {"app", "config", "errors", "limits", "process", "signer"},
    "app": {"access", "config", "errors", "invoke_api", "problems", "proxy", "request_log", "signer", "upstream"},
    "invoke_api": {"answer", "body", "errors", "hints", "incoming", "proxy", "request_log", "time_limits", "upstream"},
    "proxy": {"answer", "body", "errors", "headers", "hints", "incoming", "request_log", "time_limits", "upstream"},
    "upstream": {"body", "config", "errors", "limits", "request_log", "retry", "signer", "time_limits"},
    "answer": {"errors", "headers", "limits", "time_limits"},
    "body": {"errors", "incoming", "limits", "time_limits"},
    "access": {"config", "errors", "incoming"},
    "incoming": {"config", "errors", "headers"},
    "config": {"errors", "headers", "limits", "signer"},
    "problems": {"errors", "signer"},
    "limits": {"errors"},
    "time_limits": {"errors"},
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


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_imports_another(package: str) -> None:
    others = tuple(
        name for name in (*PACKAGES, "infra", "rehearsal", "running", "scripts", "tests", "workshop") if name != package
    )
    for path in sources(package):
        assert not [name for name in imported(path) if name.split(".")[0] in others], path


# What the rooms of the AWS side may import of the project, besides themselves.
AWS_SIDE = {
    "policies": (),
    "infra": ("policies", "edge_caller.signer", "running.images", "running.tools"),
    "rehearsal": ("infra", "policies", "edge_caller", "local_aws", "running"),
}


@pytest.mark.parametrize("room", AWS_SIDE)
def test_the_aws_side_imports_no_stand_in_but_for_a_rehearsal(room: str) -> None:
    rooms = (*PACKAGES, *AWS_SIDE, "running", "scripts", "tests", "workshop")
    allowed = tuple(f"{name}." for name in (room, *AWS_SIDE[room]))
    for path in sources(room):
        inside = {name for name in imported(path) if name.split(".")[0] in rooms}
        assert {name for name in inside if not f"{name}.".startswith(allowed)} == set(), path


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


@pytest.mark.parametrize("path", sorted(SIGNER.rglob("*.py")), ids=lambda path: path.name)
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
