"""`make deploy` and `make destroy`: all of it at once, from infra/template.yaml, as one CloudFormation stack.

The stack holds no access key, whose secret would stand in it: `aws-key` makes the key, and destroy deletes it first.
Source: AWS CLI Command Reference, "cloudformation deploy"; AWS CloudFormation User Guide, "Delete a stack".
"""

from infra.aws_cli import Aws
from infra.destroy import Removal, key_removals, remove, repository_removals
from infra.errors import AwsError
from infra.function import architecture_of, pushed_image
from infra.settings import Settings

TEMPLATE = "infra/template.yaml"


def deploy(aws: Aws, settings: Settings) -> None:
    """Makes the stack, or brings it up to date; an unchanged one stays as it is."""
    image, stack = pushed_image(aws, settings), settings.function.name
    parameters = {
        "ImageUri": image,
        "Architecture": architecture_of(image, settings),
        "FunctionName": settings.function.name,
        "CallerName": settings.caller_name,
        "MemoryMb": str(settings.memory_mb),
        "TimeoutSeconds": str(settings.timeout_seconds),
        "ReservedConcurrency": settings.reserved_concurrency,
    }
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    try:
        # fmt: off
        aws.run(
            "cloudformation", "deploy", "--template-file", TEMPLATE, "--stack-name", stack,
            "--parameter-overrides", *overrides,
            "--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset",
        )
        # fmt: on
    except AwsError:
        failed = (
            "--query",
            "StackEvents[?contains(ResourceStatus,`FAILED`)].[LogicalResourceId, ResourceStatusReason]",
        )
        aws.ask("cloudformation", "describe-stack-events", "--stack-name", stack, *failed)
        raise
    query = ("--query", "Stacks[0].Outputs[].[OutputKey, OutputValue]")
    aws.run("cloudformation", "describe-stacks", "--stack-name", stack, *query)
    print("Next: make aws-key aws-check aws-call")


def destroy(aws: Aws, settings: Settings) -> None:
    """Lists, asks, deletes the caller's keys, the stack and, with DELETE_REPOSITORY=1, the repository."""
    stack = ("--stack-name", settings.function.name)
    found: list[Removal] = []
    if stack_exists(aws, stack):
        found += key_removals(aws, settings)
        found.append(Removal(f"stack {settings.function.name}", ("cloudformation", "delete-stack", *stack)))
        found.append(Removal("all that the stack made", ("cloudformation", "wait", "stack-delete-complete", *stack)))
    if settings.delete_repository:
        found += repository_removals(aws, settings)
    remove(aws, settings, found)


def stack_exists(aws: Aws, stack: tuple[str, str]) -> bool:
    try:
        return bool(aws.run("cloudformation", "describe-stacks", *stack, "--query", "Stacks[0].StackStatus"))
    except AwsError as error:
        if error.code == "ValidationError" and "does not exist" in error.answer:
            return False
        raise
