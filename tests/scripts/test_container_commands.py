"""make build and doctor without Docker: what they run, and what they report as missing.

A script replaces docker: it logs its arguments and prints what the test chose.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from policies.function import Function
from running.processes import local_caller
from scripts import doctor

ROOT = Path(__file__).parent.parent.parent
Make = Callable[..., "subprocess.CompletedProcess[str]"]

# Answers `first second` with the file of that name; without one it fails as the tool would.
TOOL = """#!/bin/sh
echo "$0 $*" >> {directory}/calls
cat "{directory}/$(basename $0) $1 $2" 2>/dev/null && exit
[ "$1" = build ] && exit
echo "no answer to $1 $2" >&2; exit 1
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Runs a command's module with the tools of the test."""
    (tmp_path / "docker").write_text(TOOL.format(directory=tmp_path), "utf-8")
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "docker version --format").write_text("28.0.0", "utf-8")

    def run(module: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": "/usr/bin:/bin", "DOCKER": str(tmp_path / "docker")}
        command = [sys.executable, "-m", module, *arguments]
        environment |= variables
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


def assert_says(finished: "subprocess.CompletedProcess[str]", sentence: str) -> None:
    assert finished.returncode == 1
    assert sentence in finished.stderr
    assert len(finished.stderr.splitlines()) == 1


def calls(directory: Path) -> str:
    return (directory / "calls").read_text("utf-8")


def test_build_names_the_platform_of_the_architecture(make: Make, tmp_path: Path) -> None:
    for architecture, platform in {"": "linux/amd64", "x86_64": "linux/amd64", "arm64": "linux/arm64"}.items():
        assert make("running.images", "lambda", ARCHITECTURE=architecture).returncode == 0
        assert f"--platform {platform}" in calls(tmp_path).splitlines()[-1]


def test_build_rejects_an_architecture_that_lambda_lacks(make: Make) -> None:
    assert_says(make("running.images", "lambda", ARCHITECTURE="amd64"), "Lambda has x86_64 and arm64")


def test_build_turns_provenance_off_if_the_client_has_the_option(make: Make, tmp_path: Path) -> None:
    make("running.images", "lambda")
    assert "--provenance" not in calls(tmp_path)
    (tmp_path / "docker build --help").write_text("--provenance string", "utf-8")
    make("running.images", "lambda")
    assert "--provenance=false" in calls(tmp_path)


def test_build_passes_a_base_image_to_the_dockerfiles_that_name_it(make: Make, tmp_path: Path) -> None:
    make("running.images", "lambda", "edge_caller", PYTHON_IMAGE="python:3.14", ADAPTER_IMAGE="adapter:0.8.4")
    lambda_app, edge_caller = [line for line in calls(tmp_path).splitlines() if "--file" in line]
    assert "--build-arg PYTHON_IMAGE=python:3.14" in lambda_app
    assert "--build-arg ADAPTER_IMAGE=adapter:0.8.4" in lambda_app
    assert "PYTHON_IMAGE" in edge_caller
    assert "ADAPTER_IMAGE" not in edge_caller


def test_build_says_that_docker_is_missing(make: Make) -> None:
    assert_says(make("running.images", DOCKER="no-docker"), "no-docker can't be run: install it")


def test_build_says_that_no_engine_answers(make: Make, tmp_path: Path) -> None:
    (tmp_path / "docker version --format").unlink()
    assert_says(make("running.images"), "no Docker engine answers: start Docker")


@pytest.mark.parametrize(
    ("version", "least", "verdict"),
    [("3.11", (3, 11), "ok"), ("3.9.2", (3, 11), "too old"), ("20.10.24", (20, 10), "ok"), (None, (0,), "missing")],
)
def test_doctor_judges_a_version_by_its_numbers(version: str | None, least: tuple[int, ...], verdict: str) -> None:
    assert doctor.verdict(doctor.Tool("tool", ("tool",), least, "", ""), version) == verdict


def test_doctor_fails_only_for_what_the_first_steps_need(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    required, optional = (
        doctor.Tool(n, (n,), (0,), "use", "get it so", n == "optional") for n in ("required", "optional")
    )
    monkeypatch.setattr(doctor, "version_of", lambda command: None if command == ("optional",) else "1.0")
    monkeypatch.setattr(doctor, "TOOLS", (required, optional))
    assert doctor.main() == 0
    assert re.search(r"missing +optional .*\n +get it: get it so", capsys.readouterr().out)
    monkeypatch.setattr(doctor, "version_of", lambda command: None)
    assert doctor.main() == 1


@pytest.mark.parametrize("command", [("no-such-tool",), ("false",), ("true",)])
def test_doctor_reports_a_tool_without_a_version_as_missing(command: tuple[str, ...]) -> None:
    assert doctor.version_of(command) is None


def test_every_port_of_compose_is_open_to_this_machine_only() -> None:
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text("utf-8"))["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-\d+\}:\d+", port) for port in ports)


def test_every_container_of_compose_has_limits_and_no_privileges() -> None:
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text("utf-8"))["services"]
    for service in services.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"]
        assert service["pids_limit"]


def test_compose_has_the_names_and_the_key_of_the_stand_in() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text("utf-8")
    caller = local_caller("edge-caller")
    for value in (caller.access_key_id, caller.secret_access_key, Function().name, Function().region):
        assert f": {value}\n" in text


@pytest.mark.parametrize(("docker", "asked"), [("20.10.24", False), ("23.0.1", True), ("29.0.0", True), (None, True)])
def test_doctor_asks_for_buildx_from_docker_23_on(docker: str | None, asked: bool) -> None:
    assert ("buildx" in [tool.name for tool in doctor.tools_for(docker)]) is asked


def test_every_folder_that_a_dockerfile_copies_reaches_the_build() -> None:
    dockerfiles = "\n".join(path.read_text("utf-8") for path in (ROOT / "docker").glob("*.Dockerfile"))
    copied = set(re.findall(r"^COPY --chmod=755 (\w+) ", dockerfiles, re.MULTILINE))
    named = re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    assert sorted(copied) == sorted(named)
