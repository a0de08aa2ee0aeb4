"""make build, ecr-create, ecr-login, push and doctor without Docker: what they run, and what they report as missing.

Scripts replace docker and aws: they log their arguments and print what the test chose.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.ecr import refuse_index
from policies.function import Function
from running.processes import local_caller
from running.tools import ToolError
from scripts import doctor

ROOT = Path(__file__).parent.parent.parent
Make = Callable[..., "subprocess.CompletedProcess[str]"]

# Answers `first second` with the file of that name; without one it fails as the tool would.
TOOL = """#!/bin/sh
echo "$0 $*" >> {directory}/calls
cat "{directory}/$(basename $0) $1 $2" 2>/dev/null && exit
case "$1" in build|tag|push|login) exit 0;; esac
echo "no answer to $1 $2" >&2; exit 1
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Runs a command's module with the tools of the test."""
    for name in ("docker", "aws"):
        (tmp_path / name).write_text(TOOL.format(directory=tmp_path), "utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "docker version --format").write_text("28.0.0", "utf-8")

    def run(module: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": "/usr/bin:/bin", "DOCKER": str(tmp_path / "docker"), "AWS": str(tmp_path / "aws")}
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


@pytest.mark.parametrize("command", ["create", "login", "push"])
def test_each_step_says_that_the_region_is_missing(make: Make, command: str) -> None:
    assert_says(make("infra.ecr", command), "AWS_REGION is not set")


@pytest.mark.parametrize("account", ["12345678901", "1234567890123", "alias", "123456789012\n1"])
def test_login_rejects_an_invalid_account_id(make: Make, account: str) -> None:
    assert_says(
        make("infra.ecr", "login", AWS_REGION="eu-west-1", AWS_ACCOUNT_ID=account), "give the account's 12 digits"
    )


def test_login_asks_sts_for_a_missing_account_id(make: Make, tmp_path: Path) -> None:
    (tmp_path / "aws sts get-caller-identity").write_text("123456789012\n", "utf-8")
    (tmp_path / "aws ecr get-login-password").write_text("a-password", "utf-8")
    login = make("infra.ecr", "login", AWS_REGION="eu-west-1")
    assert login.returncode == 0, login.stderr
    last = calls(tmp_path).splitlines()[-1]
    assert last.endswith("login --username AWS --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com")


def test_login_says_that_the_aws_cli_or_its_credentials_are_missing(make: Make) -> None:
    assert_says(make("infra.ecr", "login", AWS_REGION="eu-west-1", AWS="no-aws"), "no-aws can't be run: install it")
    assert_says(make("infra.ecr", "login", AWS_REGION="eu-west-1"), "aws sts failed: no answer to sts")


def test_create_accepts_an_existing_repository(make: Make, tmp_path: Path) -> None:
    existing = 'echo "RepositoryAlreadyExistsException: it exists" >&2; exit 254\n'
    (tmp_path / "aws").write_text("#!/bin/sh\n" + existing, "utf-8")
    created = make("infra.ecr", "create", AWS_REGION="eu-west-1")
    assert (created.returncode, created.stdout) == (0, "the repository sample/fast-api-sample is there already\n")


def test_create_says_why_it_failed(make: Make) -> None:
    assert_says(
        make("infra.ecr", "create", AWS_REGION="eu-west-1"), "aws ecr failed: no answer to ecr create-repository"
    )


def test_push_says_that_there_is_no_image(make: Make) -> None:
    pushed = make("infra.ecr", "push", AWS_REGION="eu-west-1", AWS_ACCOUNT_ID="123456789012")
    assert_says(pushed, "there is no image fastapi_sample: run `make build` first")


@pytest.mark.parametrize("label", ["unknown", "<no value>", ""])
def test_push_rejects_an_image_without_a_commit(make: Make, tmp_path: Path, label: str) -> None:
    (tmp_path / "docker image inspect").write_text(label + "\n", "utf-8")
    pushed = make("infra.ecr", "push", AWS_REGION="eu-west-1", AWS_ACCOUNT_ID="123456789012")
    assert_says(pushed, "doesn't name its commit")


@pytest.mark.parametrize(
    "media_type",
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"],
)
def test_an_image_index_is_rejected(media_type: str) -> None:
    manifest = f'{{"schemaVersion": 2, "mediaType": "{media_type}", "manifests": []}}'
    with pytest.raises(ToolError, match=r"is an image index, .* Lambda refuses it"):
        refuse_index("registry/name:tag", manifest)


@pytest.mark.parametrize(
    "media_type",
    ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"],
)
def test_the_manifest_of_one_image_is_accepted(media_type: str) -> None:
    refuse_index("registry/name:tag", f'{{"schemaVersion": 2, "mediaType": "{media_type}", "layers": []}}')


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
    ports = re.findall(r"ports: (.*)", (ROOT / "docker" / "compose.yaml").read_text("utf-8"))
    assert len(ports) == 2
    assert all(re.fullmatch(r'\["127\.0\.0\.1:\$\{\w+:-\d+\}:\d+"\]', port) for port in ports)


def test_compose_has_the_names_and_the_key_of_the_stand_in() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text("utf-8")
    caller = local_caller("edge-caller")
    for value in (caller.access_key_id, caller.secret_access_key, Function().name, Function().region):
        assert f": {value}\n" in text


@pytest.mark.parametrize(("docker", "asked"), [("20.10.24", False), ("23.0.1", True), ("29.0.0", True), (None, True)])
def test_doctor_asks_for_buildx_from_docker_23_on(docker: str | None, asked: bool) -> None:
    assert ("buildx" in [tool.name for tool in doctor.tools_for(docker)]) is asked
