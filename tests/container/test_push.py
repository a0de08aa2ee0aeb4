"""`make ecr-login push` against a real registry on loopback: Debian's docker-registry, with a password.

A script stands for the aws CLI: it prints the password of the registry, or an account.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from running.images import REVISION, ROOT, revision
from running.ports import answers, free_port
from running.program import Program, started
from running.tools import DOCKER, ENVIRONMENT, output

PASSWORD = "a-password-of-this-test"
HTPASSWD = "AWS:$2y$05$nQ8OJh2aOesoBCZRgVCXIOwHwR3q7AF94yG2jL2jUE7IdZinKDXcS"
REPOSITORY = "sample/fast-api-sample"
COMMIT = "0123456789ab"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"

CONFIGURATION = """
version: 0.1
storage: {{filesystem: {{rootdirectory: {directory}/data}}}}
http: {{addr: "127.0.0.1:{port}"}}
auth: {{htpasswd: {{realm: test, path: {directory}/htpasswd}}}}
"""


@dataclass(frozen=True)
class Registry:
    host: str
    environment: dict[str, str]

    def make(self, step: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "infra", step],
            cwd=ROOT,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def get(self, path: str) -> httpx.Response:
        url = f"http://{self.host}/v2/{REPOSITORY}/{path}"
        return httpx.get(url, headers={"accept": MANIFEST}, auth=("AWS", PASSWORD), trust_env=False)

    def put_manifest(self, tag: str, content: dict[str, Any]) -> httpx.Response:
        url = f"http://{self.host}/v2/{REPOSITORY}/manifests/{tag}"
        headers = {"content-type": content["mediaType"]}
        return httpx.put(url, json=content, headers=headers, auth=("AWS", PASSWORD), trust_env=False)

    def remove_images(self) -> None:
        images = output(DOCKER, "images", "--format", "{{.Repository}}:{{.Tag}}", f"{self.host}/{REPOSITORY}")
        if images:
            output(DOCKER, "rmi", "--force", *images.splitlines())


@pytest.fixture(scope="module")
def small_image(images: str) -> Iterator[str]:
    """A part of the image that is pushed at once; it names a commit, too."""
    name = f"{images}_small"
    dockerfile = f"FROM scratch\nCOPY --from={images}:latest /app /app\nLABEL {REVISION}={COMMIT}\n"
    subprocess.run(
        [DOCKER, "build", "--quiet", "--tag", name, "-"], input=dockerfile.encode(), env=ENVIRONMENT, check=True
    )
    yield name
    output(DOCKER, "rmi", "--force", name)


@pytest.fixture
def registry(tmp_path: Path, small_image: str) -> Iterator[Registry]:
    if shutil.which("docker-registry") is None:
        pytest.skip("needs a registry of its own: sudo apt-get install docker-registry")
    port = free_port()
    (tmp_path / "htpasswd").write_text(HTPASSWD + "\n", "utf-8")
    (tmp_path / "registry.yml").write_text(CONFIGURATION.format(directory=tmp_path, port=port), "utf-8")
    with contextlib.ExitStack() as stack:
        program = Program("the registry", ["docker-registry", "serve", tmp_path / "registry.yml"], os.environ)
        stack.enter_context(started(program, lambda: answers(port)))
        registry = Registry(f"127.0.0.1:{port}", environment_for(tmp_path, small_image, f"127.0.0.1:{port}"))
        stack.callback(registry.remove_images)
        yield registry


def environment_for(directory: Path, image: str, host: str) -> dict[str, str]:
    """Variables as a user sets them, and a Docker configuration apart: no login of the user's is touched."""
    aws = directory / "aws"
    aws.write_text(
        f'#!/bin/sh\n[ "$2" = get-login-password ] && echo "${{TEST_PASSWORD-{PASSWORD}}}" || echo 123456789012\n',
        "utf-8",
    )
    aws.chmod(0o755)
    return ENVIRONMENT | {
        "AWS": str(aws),
        "AWS_REGION": "ap-northeast-1",
        "DOCKER_CONFIG": str(directory / "docker"),
        "DOCKER_HOST": os.environ.get("DOCKER_HOST")
        or output(DOCKER, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"),
        "ECR_REGISTRY": host,
        "IMAGE": image,
    }


@pytest.fixture
def logged_in(registry: Registry) -> Registry:
    assert registry.make("ecr-login").returncode == 0
    return registry


def test_pushes_the_commit_and_latest_and_the_named_digest_is_the_image(logged_in: Registry, images: str) -> None:
    pushed = logged_in.make("push", IMAGE=images)
    assert pushed.returncode == 0, pushed.stderr
    assert sorted(logged_in.get("tags/list").json()["tags"]) == sorted([revision(), "latest"])
    [reference] = re.findall(r"^pushed (.*)$", pushed.stdout, re.MULTILINE)
    assert reference.startswith(f"{logged_in.host}/{REPOSITORY}@sha256:")
    logged_in.remove_images()
    pull = subprocess.run([DOCKER, "pull", "--quiet", reference], env=logged_in.environment, capture_output=True)
    assert pull.returncode == 0, pull.stderr
    pulled, built = (output(DOCKER, "inspect", "--format", "{{.Id}}", name) for name in (reference, images))
    output(DOCKER, "rmi", reference)
    assert pulled == built


def test_what_is_pushed_is_the_manifest_of_one_image(logged_in: Registry) -> None:
    assert logged_in.make("push").returncode == 0
    assert logged_in.get("manifests/latest").json()["mediaType"] == MANIFEST


def test_a_wrong_password_is_refused(registry: Registry) -> None:
    login = registry.make("ecr-login", TEST_PASSWORD="wrong")
    assert login.returncode == 1
    assert "401" in login.stderr


def test_the_password_is_neither_shown_nor_an_argument(registry: Registry) -> None:
    login = registry.make("ecr-login")
    assert login.returncode == 0
    assert PASSWORD not in login.stdout + login.stderr
    assert "--password-stdin" in login.stdout


def test_a_push_without_a_login_says_what_to_do(registry: Registry) -> None:
    pushed = registry.make("push")
    assert pushed.returncode == 1
    assert "make ecr-login" in pushed.stderr


def test_an_image_index_is_refused_before_latest_moves_to_it(logged_in: Registry, tmp_path: Path) -> None:
    """The registry holds, under the commit's tag, an index made by hand: what buildx pushes with provenance."""
    assert logged_in.make("push").returncode == 0
    latest = logged_in.get("manifests/latest")
    image = {"mediaType": MANIFEST, "size": len(latest.content), "digest": latest.headers["docker-content-digest"]}
    image["platform"] = {"os": "linux", "architecture": "amd64"}
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [image]}
    assert logged_in.put_manifest(COMMIT, index).status_code == 201
    docker = tmp_path / "docker-without-push"
    docker.write_text(f'#!/bin/sh\n[ "$1" = push ] || exec {shutil.which(DOCKER)} "$@"\n', "utf-8")
    docker.chmod(0o755)
    pushed = logged_in.make("push", DOCKER=str(docker))
    assert pushed.returncode == 1
    assert "is an image index" in pushed.stderr
    assert "--provenance=false" in pushed.stderr
    assert f"{REPOSITORY}:latest" not in pushed.stdout
