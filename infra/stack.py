"""`make deploy` and `make destroy`: everything at once, from infra/template.yaml, as one CloudFormation stack.

The stack holds no access key, whose secret it would show: `aws-key` makes the key, and destroy deletes it first.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""

from infra.aws_cli import Aws
from infra.destroy import Removal, key_removals, remove, repository_removals
from infra.errors import AwsError
from infra.function import architecture_of, pushed_image
from infra.settings import Settings


def deploy(aws: Aws, settings: Settings) -> None:
    """Makes the stack, or updates it. An unchanged stack stays as it is."""
    image, stack = pushed_image(aws, settings), settings.function_name
    parameters = {
        "ImageUri": image,
        "Architecture": architecture_of(image, settings),
        "FunctionName": settings.function_name,
        "CallerName": settings.caller_name,
        "MemoryMb": settings.memory_mb,
        "TimeoutSeconds": settings.timeout_seconds,
        "ReservedConcurrency": settings.reserved_concurrency,
    }
    try:
        aws.run(
            "cloudformation deploy",
            template_file="infra/template.yaml",
            stack_name=stack,
            parameter_overrides=[f"{name}={value}" for name, value in parameters.items()],
            capabilities="CAPABILITY_NAMED_IAM",
            no_fail_on_empty_changeset=True,
        )
    except AwsError:
        query = "StackEvents[?contains(ResourceStatus,`FAILED`)].[LogicalResourceId, ResourceStatusReason]"
        aws.ask("cloudformation describe-stack-events", stack_name=stack, query=query)
        raise
    aws.run("cloudformation describe-stacks", stack_name=stack, query="Stacks[0].Outputs[].[OutputKey, OutputValue]")
    print("Next: make aws-key aws-check aws-call")


def destroy(aws: Aws, settings: Settings) -> None:
    """Lists, asks, deletes the caller's keys, the stack and, with DELETE_REPOSITORY=1, the repository."""
    stack = settings.function_name
    found: list[Removal] = []
    if stack_exists(aws, stack):
        found += key_removals(aws, settings)
        found.append(Removal(f"stack {stack}", "cloudformation delete-stack", stack_name=stack))
        everything = "everything that the stack made"
        found.append(Removal(everything, "cloudformation wait stack-delete-complete", stack_name=stack))
    if settings.delete_repository:
        found += repository_removals(aws, settings)
    remove(aws, settings, found)


def stack_exists(aws: Aws, stack: str) -> bool:
    try:
        return bool(aws.run("cloudformation describe-stacks", stack_name=stack, query="Stacks[0].StackStatus"))
    except AwsError as error:
        if error.code == "ValidationError" and "does not exist" in error.answer:
            return False
        raise
