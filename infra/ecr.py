"""The steps `ecr-create`, `ecr-login` and `push`: the repository in ECR, and the image that `make build` made in it.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-ecr-image.html
"""

import json

from infra.aws_cli import Aws
from infra.errors import StepError
from infra.settings import Settings
from running import tools
from running.images import IMAGE, REVISION
from running.tools import ToolError

SCAN_ON_PUSH = "scanOnPush=true"


def create_repository(aws: Aws, settings: Settings) -> None:
    """The repository. ECR looks for known vulnerabilities in each image that is pushed to it."""
    name = settings.repository
    query = "repositories[0].[repositoryUri, imageScanningConfiguration.scanOnPush]"
    found = aws.ask("ecr describe-repositories", repository_names=name, query=query)
    if found is None:
        query = "repository.repositoryUri"
        aws.run("ecr create-repository", repository_name=name, image_scanning_configuration=SCAN_ON_PUSH, query=query)
    elif not found[1]:
        aws.run(
            "ecr put-image-scanning-configuration",
            repository_name=name,
            image_scanning_configuration=SCAN_ON_PUSH,
            query="imageScanningConfiguration",
        )
    else:
        print(f"  the repository {name} is there already")


def pushed_digest(aws: Aws, settings: Settings) -> str | None:
    """The digest of the image that was pushed last, `sha256:...`; None if there is none."""
    digest: str | None = aws.ask(
        "ecr describe-images",
        repository_name=settings.repository,
        image_ids=f"imageTag={settings.image_tag}",
        query="imageDetails[0].imageDigest",
    )
    return digest


def log_docker_in(aws: Aws, settings: Settings) -> None:
    """Logs Docker in to the registry for 12 hours. The password goes through standard input, never an argument."""
    tools.check_engine()
    password = aws.run("ecr get-login-password", secret=True)
    login = ("login", "--username", "AWS", "--password-stdin", settings.registry)
    tools.run(tools.DOCKER, *login, secret_input=str(password))


def push(aws: Aws, settings: Settings) -> None:
    """Pushes the image, tagged with the commit that it was built from and with `latest`."""
    tools.check_engine()
    repository = f"{settings.registry}/{settings.repository}"
    pushed = f"{repository}:{revision_of_image()}"
    push_as(pushed)
    refuse_index(pushed, manifest(pushed))  # before `latest` moves to it
    push_as(f"{repository}:latest")
    digests = inspected('{{join .RepoDigests "\\n"}}').splitlines()
    print("pushed " + next(digest for digest in digests if digest.startswith(repository + "@")))


def inspected(template: str) -> str:
    return tools.output(tools.DOCKER, "image", "inspect", "--format", template, IMAGE)


def revision_of_image() -> str:
    try:
        revision = inspected('{{index .Config.Labels "' + REVISION + '"}}')
    except ToolError as error:
        raise StepError(f"there is no image {IMAGE}: run `make build` first") from error
    if revision in ("", "unknown", "<no value>"):
        raise StepError(f"the image {IMAGE} doesn't name its commit: build it in a git repository, with `make build`")
    return revision


def push_as(reference: str) -> None:
    tools.run(tools.DOCKER, "tag", IMAGE, reference)
    try:
        tools.run(tools.DOCKER, "push", reference)
    except ToolError as error:
        raise StepError(
            f"{error}; without a login `make ecr-login` helps, without a repository `make ecr-create`"
        ) from error


def manifest(reference: str) -> str:
    loopback = reference.startswith(("127.0.0.1:", "localhost:"))  # docker push needs no TLS there either
    return tools.output(tools.DOCKER, "manifest", "inspect", *(["--insecure"] if loopback else []), reference)


def refuse_index(reference: str, text: str) -> None:
    """Raises StepError for an image index: Lambda accepts only the manifest of a single image."""
    if "manifests" in json.loads(text):
        raise StepError(
            f"{reference} is an image index, as buildx makes it for provenance or several platforms: Lambda refuses it "
            "(image manifest media type not supported). Build with --provenance=false and one platform: make build"
        )
