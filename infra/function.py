"""The step `aws-function`: the pushed image as a Lambda function.

`make build push` builds and pushes. Running a step twice changes nothing.
Source: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
"""

from infra.aws_cli import Aws
from infra.ecr import pushed_digest
from infra.errors import AwsError, StepError
from infra.settings import Settings
from infra.waiting import wait_for
from running import tools
from running.images import PLATFORMS

LOG_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"  # allows the function to write its log

LOG_RETENTION_DAYS = 30


def make_function(aws: Aws, settings: Settings) -> None:
    """The role, and the function with the image that was pushed last. An existing function gets that image."""
    image = pushed_image(aws, settings)
    architecture = architecture_of(image, settings)
    role_arn = make_role(aws, settings)
    make_log_group(aws, settings)
    name = settings.function_name
    query = "{Image: Code.ResolvedImageUri, Architectures: Configuration.Architectures}"
    found = aws.ask("lambda get-function", function_name=name, query=query)
    if found is None:
        create_function(aws, settings, image, architecture, role_arn)
        aws.run("lambda wait function-active-v2", function_name=name)
    elif found != {"Image": image, "Architectures": [architecture]}:
        aws.run(
            "lambda update-function-code",
            function_name=name,
            image_uri=image,
            architectures=architecture,
            query="LastUpdateStatus",
        )
        aws.run("lambda wait function-updated-v2", function_name=name)
    else:
        print(f"  {name} runs this image already")


def pushed_image(aws: Aws, settings: Settings) -> str:
    """The image by its digest: a later push alone changes nothing. Raises StepError if it isn't pushed."""
    digest = pushed_digest(aws, settings)
    if not digest:
        missing = f"{settings.repository} has no image {settings.image_tag}"
        raise StepError(f"{missing}: push it: make ecr-create ecr-login build push")
    return f"{settings.registry}/{settings.repository}@{digest}"


def architecture_of(image: str, settings: Settings) -> str:
    """The architecture that the image was built for; ARCHITECTURE if the image isn't on this machine."""
    try:
        platform = tools.output(tools.DOCKER, "image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", image)
    except tools.ToolError:
        platform = ""
    for architecture, its_platform in PLATFORMS.items():
        if platform == its_platform:
            return architecture
    print(f"  the image isn't on this machine: using ARCHITECTURE={settings.architecture}")
    return settings.architecture


def make_role(aws: Aws, settings: Settings) -> str:
    """The ARN of the execution role. Lambda may assume it, and it may write the function's log."""
    name = settings.role_name
    arn = aws.ask("iam get-role", role_name=name, query="Role.Arn")
    if arn is None:
        trust = "file://infra/trust-policy.json"
        arn = aws.run("iam create-role", role_name=name, assume_role_policy_document=trust, query="Role.Arn")
    aws.run("iam attach-role-policy", role_name=name, policy_arn=LOG_POLICY)
    return str(arn)


def make_log_group(aws: Aws, settings: Settings) -> None:
    """The function's log group. One that Lambda makes, or without a retention, would keep its events for ever."""
    group = settings.log_group
    query = f"logGroups[?logGroupName=='{group}'].[logGroupName, retentionInDays]"
    found = aws.run("logs describe-log-groups", log_group_name_prefix=group, query=query)
    if not found:
        aws.run("logs create-log-group", log_group_name=group)
    if not found or not found[0][1]:
        aws.run("logs put-retention-policy", log_group_name=group, retention_in_days=LOG_RETENTION_DAYS)


def create_function(aws: Aws, settings: Settings, image: str, architecture: str, role_arn: str) -> None:
    def attempt() -> str | None:
        try:
            return str(
                aws.run(
                    "lambda create-function",
                    function_name=settings.function_name,
                    package_type="Image",
                    code=f"ImageUri={image}",
                    architectures=architecture,
                    role=role_arn,
                    memory_size=settings.memory_mb,
                    timeout=settings.timeout_seconds,
                    query="FunctionArn",
                )
            )
        except AwsError as error:
            if "cannot be assumed" in error.answer:  # Lambda's answer for some seconds after a role is made
                return None
            raise

    if wait_for(attempt, "Lambda doesn't see the new role yet", settings.wait_seconds) is None:
        raise StepError(f"Lambda can't assume {settings.role_name} yet: run `make aws-function` again in a minute")
