"""Makes the repository in ECR, logs Docker in, and pushes the image: `python -m infra.ecr create|login|push`.

It builds nothing. The tags are `latest` and the commit that the image was built from, which the image itself names.
Source: Amazon ECR User Guide, "Pushing a Docker image to an Amazon ECR private repository".
"""

import json
import os
import re
import sys

from running.images import IMAGE, REVISION
from running.tools import DOCKER, ToolError, check_engine, exit_with, output, run

AWS = os.environ.get("AWS") or "aws"


def region() -> str:
    named = os.environ.get("AWS_REGION")
    if not named:
        raise ToolError("AWS_REGION is not set: name it, as in: make push AWS_REGION=ap-northeast-1")
    return named


def repository_name() -> str:
    return os.environ.get("ECR_REPOSITORY") or "sample/fast-api-sample"


def registry() -> str:
    """ECR's host, or what ECR_REGISTRY names: any other registry takes the image as well."""
    named = os.environ.get("ECR_REGISTRY")
    return named or f"{account_id()}.dkr.ecr.{region()}.amazonaws.com"


def account_id() -> str:
    """AWS_ACCOUNT_ID, else the account of the credentials that the AWS CLI has."""
    region()  # what is missing first is said first
    account = os.environ.get("AWS_ACCOUNT_ID")
    if not account:
        account = output(AWS, "sts", "get-caller-identity", "--query", "Account", "--output", "text")
    if not re.fullmatch(r"\d{12}", account):
        raise ToolError(f"AWS_ACCOUNT_ID is {account!r}: give the account's 12 digits, or leave it out")
    return account


def create() -> None:
    name = repository_name()
    try:
        output(AWS, "ecr", "create-repository", "--repository-name", name, "--region", region())
        print(f"made the repository {name}")
    except ToolError as error:
        if "RepositoryAlreadyExistsException" not in str(error):
            raise
        print(f"the repository {name} is there already")


def login() -> None:
    check_engine()
    host = registry()
    password = output(AWS, "ecr", "get-login-password", "--region", region())
    run(DOCKER, "login", "--username", "AWS", "--password-stdin", host, secret_input=password)


def push() -> None:
    check_engine()
    repository = f"{registry()}/{repository_name()}"
    commit = revision_of_image()
    pushed = f"{repository}:{commit}"
    push_as(pushed)
    refuse_index(pushed, manifest(pushed))  # before `latest` moves to it
    push_as(f"{repository}:latest")
    digests = output(DOCKER, "image", "inspect", "--format", '{{join .RepoDigests "\\n"}}', IMAGE).splitlines()
    print("pushed " + next(digest for digest in digests if digest.startswith(repository + "@")))


def revision_of_image() -> str:
    label = '{{index .Config.Labels "' + REVISION + '"}}'
    try:
        revision = output(DOCKER, "image", "inspect", "--format", label, IMAGE)
    except ToolError as error:
        raise ToolError(f"there is no image {IMAGE}: run `make build` first") from error
    if revision in ("", "unknown", "<no value>"):
        raise ToolError(f"the image {IMAGE} doesn't name its commit: build it in a git repository, with `make build`")
    return revision


def push_as(reference: str) -> None:
    run(DOCKER, "tag", IMAGE, reference)
    try:
        run(DOCKER, "push", reference)
    except ToolError as error:
        raise ToolError(
            f"{error}; without a login `make ecr-login` helps, without a repository `make ecr-create`"
        ) from error


def manifest(reference: str) -> str:
    loopback = reference.startswith(("127.0.0.1:", "localhost:"))  # as docker push: no TLS needed there
    return output(DOCKER, "manifest", "inspect", *(["--insecure"] if loopback else []), reference)


def refuse_index(reference: str, text: str) -> None:
    """Raises ToolError for an image index: Lambda takes the manifest of a single image only."""
    if "manifests" in json.loads(text):
        raise ToolError(
            f"{reference} is an image index, as buildx makes it for provenance or several platforms: Lambda refuses it "
            "(image manifest media type not supported). Build with --provenance=false and one platform: make build"
        )


def main() -> None:
    commands = {"create": create, "login": login, "push": push}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        raise ToolError(f"name one command: {', '.join(commands)}")
    commands[sys.argv[1]]()


if __name__ == "__main__":
    exit_with(main)
