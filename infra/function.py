"""The steps `aws-function` and `aws-url`: the pushed image as a Lambda function, and its Function URL.

They neither build nor push: `make build push` does. Nothing is changed that is already as it should be.
Source: AWS Lambda Developer Guide, "Create a Lambda function using a container image" and "Lambda function URLs".
"""

import os
import subprocess

from infra.aws_cli import Aws
from infra.errors import AwsError, StepError
from infra.settings import Settings
from infra.waiting import wait_for

LOG_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"  # it may write its log, no more
OF_DOCKER = {"amd64": "x86_64", "arm64": "arm64"}  # Docker's names of architectures, and Lambda's


def make_function(aws: Aws, settings: Settings) -> None:
    """The role, and the function with the image that was pushed last; an existing function gets that image."""
    image = pushed_image(aws, settings)
    architecture = architecture_of(image, settings)
    role_arn = make_role(aws, settings)
    name = settings.function.name
    wanted = {"Image": image, "Architectures": [architecture]}
    query = "{Image: Code.ResolvedImageUri, Architectures: Configuration.Architectures}"
    found = aws.ask("lambda", "get-function", "--function-name", name, "--query", query)
    if found is None:
        create_function(aws, settings, image, architecture, role_arn)
        aws.run("lambda", "wait", "function-active-v2", "--function-name", name)
    elif found != wanted:
        # fmt: off
        aws.run(
            "lambda", "update-function-code", "--function-name", name,
            "--image-uri", image, "--architectures", architecture, "--query", "LastUpdateStatus",
        )
        # fmt: on
        aws.run("lambda", "wait", "function-updated-v2", "--function-name", name)
    else:
        print(f"  {name} runs this image already")


def pushed_image(aws: Aws, settings: Settings) -> str:
    """The image by its digest, so that a later push changes nothing by itself. Raises StepError where none is there."""
    tag, query = f"imageTag={settings.image_tag}", "imageDetails[0].imageDigest"
    words = ("--repository-name", settings.repository, "--image-ids", tag, "--query", query)
    digest = aws.run("ecr", "describe-images", *words)
    if not digest:
        raise StepError(f"{settings.repository} has no image {settings.image_tag}: push it: make ecr-login build push")
    return f"{settings.registry}/{settings.repository}@{digest}"


def architecture_of(image: str, settings: Settings) -> str:
    """The architecture that the image was built for; ARCHITECTURE where the image isn't on this machine."""
    command = [os.environ.get("DOCKER") or "docker", "image", "inspect", "--format", "{{.Architecture}}", image]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        told = ""
    if told in OF_DOCKER:
        return OF_DOCKER[told]
    print(f"  the image isn't on this machine: taking ARCHITECTURE={settings.architecture}")
    return settings.architecture


def make_role(aws: Aws, settings: Settings) -> str:
    """The role that the function runs as. Lambda may assume it, and it may write the function's log."""
    name = settings.role_name
    arn = aws.ask("iam", "get-role", "--role-name", name, "--query", "Role.Arn")
    if arn is None:
        trust = ("--assume-role-policy-document", "file://infra/trust-policy.json")
        arn = aws.run("iam", "create-role", "--role-name", name, *trust, "--query", "Role.Arn")
    aws.run("iam", "attach-role-policy", "--role-name", name, "--policy-arn", LOG_POLICY)
    return str(arn)


def create_function(aws: Aws, settings: Settings, image: str, architecture: str, role_arn: str) -> None:
    def attempt() -> str | None:
        try:
            # fmt: off
            return str(aws.run(
                "lambda", "create-function", "--function-name", settings.function.name,
                "--package-type", "Image", "--code", f"ImageUri={image}", "--architectures", architecture,
                "--role", role_arn, "--memory-size", str(settings.memory_mb),
                "--timeout", str(settings.timeout_seconds), "--query", "FunctionArn",
            ))
            # fmt: on
        except AwsError as error:
            if "cannot be assumed" in error.answer:  # what Lambda says of a role made a moment ago
                return None
            raise

    if wait_for(attempt, "Lambda doesn't see the new role yet", settings.wait_seconds) is None:
        raise StepError(f"Lambda can't assume {settings.role_name} yet: run `make aws-function` again in a minute")


def make_url(aws: Aws, settings: Settings) -> None:
    """The Function URL, for signed requests only."""
    name = settings.function.name
    auth = ("--auth-type", "AWS_IAM", "--invoke-mode", "BUFFERED", "--query", "FunctionUrl")
    found = aws.ask("lambda", "get-function-url-config", "--function-name", name, "--query", "[AuthType, InvokeMode]")
    if found is None:
        try:
            aws.run("lambda", "create-function-url-config", "--function-name", name, *auth)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                raise StepError(f"there is no function {name} yet: make aws-function") from error
            raise
    elif found != ["AWS_IAM", "BUFFERED"]:
        aws.run("lambda", "update-function-url-config", "--function-name", name, *auth)


def function_url(aws: Aws, settings: Settings) -> str:
    """The Function URL. Raises StepError where there is none."""
    name = settings.function.name
    url = aws.ask("lambda", "get-function-url-config", "--function-name", name, "--query", "FunctionUrl")
    if url is None:
        raise StepError(f"{name} has no Function URL yet: make aws-url")
    return str(url)
