"""The steps ecr-create, ecr-login and push, on a fake AWS and a fake Docker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.ecr import refuse_index
from infra.errors import StepError
from tests.infra.fake_aws import ACCOUNT, IMAGE, REGION, FakeAws, Refusal, Text, refusal

REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/sample/fast-api-sample"
PASSWORD = "a-password-that-must-never-be-seen"
# Answers `docker first second` with the file of that name, and keeps its arguments and its input.
DOCKER = """#!/bin/sh
cd '{folder}'
echo "$*" >>docker-calls
case "$*" in *RepoDigests*) set -- image digests ;; esac
cat "docker $1 $2" 2>/dev/null && exit
case "$1" in
  login) cat >password ;;
  tag | push) ;;
  *) exit 1 ;;
esac
"""
Run = Callable[[str], Any]


class FakeDocker:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "docker"
        self.program.write_text(DOCKER.format(folder=folder))
        self.program.chmod(0o755)
        self.answers("version --format", "28.0.0")

    def answers(self, command: str, text: str) -> None:
        (self.folder / f"docker {command}").write_text(text)

    @property
    def calls(self) -> list[str]:
        path = self.folder / "docker-calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def docker(aws: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    fake = FakeDocker(tmp_path)
    monkeypatch.setattr("running.tools.DOCKER", str(fake.program))
    return fake


def test_creates_a_repository_that_is_scanned_on_push(aws: FakeAws, run: Run) -> None:
    aws.answers("ecr describe-repositories", refusal("RepositoryNotFoundException"))
    aws.answers("ecr create-repository", REPOSITORY)
    assert run("ecr-create").code == 0
    assert "scanOnPush=true" in aws.call("ecr create-repository")


def test_turns_the_scan_on_in_an_existing_repository(aws: FakeAws, run: Run) -> None:
    aws.answers("ecr describe-repositories", [REPOSITORY, False])
    aws.answers("ecr put-image-scanning-configuration", {"scanOnPush": True})
    assert run("ecr-create").code == 0
    assert aws.changes() == ["ecr put-image-scanning-configuration"]


def test_changes_nothing_in_a_repository_that_is_as_it_should_be(aws: FakeAws, run: Run) -> None:
    aws.answers("ecr describe-repositories", [REPOSITORY, True])
    ran = run("ecr-create")
    assert ran.code == 0
    assert "the repository sample/fast-api-sample is there already" in ran.output
    assert aws.changes() == []


def test_the_password_reaches_docker_alone(aws: FakeAws, run: Run, docker: FakeDocker) -> None:
    aws.answers("ecr get-login-password", Text(PASSWORD))
    ran = run("ecr-login")
    assert ran.code == 0
    assert docker.calls[-1] == f"login --username AWS --password-stdin {REPOSITORY.partition('/')[0]}"
    assert (docker.folder / "password").read_text() == PASSWORD
    assert PASSWORD not in ran.output + str(aws.calls)


@pytest.mark.parametrize("step", ["ecr-create", "ecr-login", "push", "aws-function"])
def test_every_step_finds_the_region_in_the_same_way(
    aws: FakeAws, run: Run, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.delenv("AWS_REGION")
    aws.answers("configure get", None)
    assert "no region is given: name it" in run(step).output
    aws.answers("configure get", Text("eu-west-1\n"))
    aws.answers("sts get-caller-identity", Refusal("Unable to locate credentials."))
    assert "What to do: log in" in run(step).output


def test_pushes_to_the_registry_of_the_region_of_the_profile(
    aws: FakeAws, run: Run, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    aws.answers("configure get", Text("eu-west-1\n"))
    aws.answers("ecr get-login-password", Text(PASSWORD))
    assert run("ecr-login").code == 0
    assert docker.calls[-1].endswith(".dkr.ecr.eu-west-1.amazonaws.com")


def test_pushes_the_commit_first_and_names_the_digest(aws: FakeAws, run: Run, docker: FakeDocker) -> None:
    docker.answers("image inspect", "0123456789ab")
    docker.answers("manifest inspect", '{"schemaVersion": 2, "layers": []}')
    docker.answers("image digests", f"other@sha256:b\n{IMAGE}\n")
    ran = run("push")
    assert ran.code == 0
    assert f"pushed {IMAGE}" in ran.output
    assert [call for call in docker.calls if call.startswith("push")] == [
        f"push {REPOSITORY}:0123456789ab",
        f"push {REPOSITORY}:latest",
    ]


def test_push_says_that_there_is_no_image(aws: FakeAws, run: Run, docker: FakeDocker) -> None:
    assert "there is no image fastapi_sample: run `make build` first" in run("push").output


@pytest.mark.parametrize("label", ["unknown", "<no value>", ""])
def test_push_refuses_an_image_that_names_no_commit(aws: FakeAws, run: Run, docker: FakeDocker, label: str) -> None:
    docker.answers("image inspect", label + "\n")
    ran = run("push")
    assert ran.code == 1
    assert "doesn't name its commit" in ran.output


@pytest.mark.parametrize("step", ["ecr-login", "push"])
def test_a_missing_docker_is_one_sentence(aws: FakeAws, run: Run, step: str) -> None:
    ran = run(step)
    assert ran.code == 1
    assert "no-docker can't be run: install it" in ran.output


@pytest.mark.parametrize(
    "media_type",
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"],
)
def test_refuses_an_image_index(media_type: str) -> None:
    manifest = f'{{"schemaVersion": 2, "mediaType": "{media_type}", "manifests": []}}'
    with pytest.raises(StepError, match=r"is an image index, .* Lambda refuses it"):
        refuse_index("registry/name:tag", manifest)


@pytest.mark.parametrize(
    "media_type",
    ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"],
)
def test_accepts_the_manifest_of_one_image(media_type: str) -> None:
    refuse_index("registry/name:tag", f'{{"schemaVersion": 2, "mediaType": "{media_type}", "layers": []}}')
