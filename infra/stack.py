"""`make deploy` and `make destroy`: everything at once, from infra/template.yaml, as one CloudFormation stack.

The stack holds no access key, whose secret it would show: `aws-key` makes the key, and destroy deletes it first.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from infra.aws_cli import Aws
from infra.destroy import Removal, attachments, belongings, removals, remove, repository_removals, user_exists
from infra.errors import AwsError, StepError
from infra.function import LOG_RETENTION_DAYS, architecture_of, pushed_image
from infra.role import check_variables, own_providers
from infra.settings import Settings
from policies.render import GOOGLE, provider_name

# The states of a stack that holds nothing: its first deployment failed, or never began.
EMPTY = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")


def deploy(aws: Aws, settings: Settings) -> None:
    """Makes the stack, or updates it. An unchanged stack stays as it is."""
    image, stack = pushed_image(aws, settings), settings.function_name
    make_way(aws, settings)
    parameters = {
        "ImageUri": image,
        "Architecture": architecture_of(image, settings),
        "FunctionName": settings.function_name,
        "CallerName": settings.caller_name,
        **role_parameters(aws, settings),
        "MemoryMb": settings.memory_mb,
        "TimeoutSeconds": settings.timeout_seconds,
        "InvokeMode": settings.invoke_mode,
        "LogRetentionDays": LOG_RETENTION_DAYS,
        "ReservedConcurrency": settings.reserved_concurrency,
    }
    make_stack(aws, stack, "infra/template.yaml", parameters, update=True)
    print("Next: make aws-key aws-check aws-call")


def make_stack(
    aws: Aws, stack: str, template: str, parameters: Mapping[str, object], *, update: bool = False, tag: str = ""
) -> Any:
    """Makes a stack, or with `update` changes it. Returns its outputs as pairs. Shows which part failed, and why."""
    try:
        aws.run(
            "cloudformation deploy",
            template_file=template,
            stack_name=stack,
            parameter_overrides=[f"{name}={value}" for name, value in parameters.items()],
            capabilities="CAPABILITY_NAMED_IAM",
            no_fail_on_empty_changeset=update or None,
            tags=tag or None,
        )
    except AwsError:
        show_failures(aws, stack)
        raise
    query = "Stacks[0].Outputs[].[OutputKey, OutputValue]"
    return aws.run("cloudformation describe-stacks", stack_name=stack, query=query)


def role_parameters(aws: Aws, settings: Settings) -> dict[str, str]:
    """The caller's role, where ISSUER or SUBJECT is given. An identity provider that somebody else made is used."""
    if not settings.issuer and not settings.subject:
        return {}
    check_variables(settings)
    if provider_name(settings.issuer) == GOOGLE:
        raise StepError("the stack makes no role for Google's tokens: make aws-role does")
    arn = settings.provider_arn
    found = aws.ask("iam get-open-id-connect-provider", open_id_connect_provider_arn=arn, query="Url")
    create = "yes" if found is None or arn in own_providers(aws, settings) else "no"
    return {"Issuer": provider_name(settings.issuer), "Subject": settings.subject, "CreateProvider": create}


def make_way(aws: Aws, settings: Settings) -> None:
    """Deletes the empty stack of a failed first deployment. Raises StepError for things that no stack has made."""
    stack = settings.function_name
    status = stack_status(aws, stack)
    if status and status not in EMPTY:
        return
    existing = [removal.thing for removal in removals(aws, replace(settings, delete_repository=False))]
    if existing:
        raise StepError(
            f"the stack {stack} can't make what exists already: {', '.join(existing)}. `make aws-destroy` removes it, "
            "`make aws-up` goes on with it, and another FUNCTION_NAME leaves it alone"
        )
    if status == "ROLLBACK_COMPLETE":
        delete_stack(aws, stack)


def delete_stack(aws: Aws, stack: str) -> None:
    """Deletes a stack, also one that is still being made. It may not exist."""
    aws.run("cloudformation delete-stack", stack_name=stack)
    aws.run("cloudformation wait stack-delete-complete", stack_name=stack)


def destroy(aws: Aws, settings: Settings) -> None:
    """Lists, asks, deletes what the stack doesn't know of, the stack and, with DELETE_REPOSITORY=1, the repository."""
    stack, found = settings.function_name, list[Removal]()
    status = stack_status(aws, stack)
    if status and status not in EMPTY:
        found += belongings(aws, settings) if user_exists(aws, settings) else ()
        own = {("user_name", settings.caller_name), ("role_name", settings.caller_role_name)}
        found += (removal for removal in attachments(aws, settings) if own.isdisjoint(removal.options.items()))
    if status:
        found.append(Removal(f"stack {stack}", "cloudformation delete-stack", stack_name=stack))
        everything = "everything that the stack made"
        found.append(Removal(everything, "cloudformation wait stack-delete-complete", stack_name=stack))
    if settings.delete_repository:
        found += repository_removals(aws, settings)
    try:
        remove(aws, settings, found)
    except AwsError:
        show_failures(aws, stack)
        raise


def show_failures(aws: Aws, stack: str) -> None:
    query = "StackEvents[?contains(ResourceStatus,`FAILED`)].[LogicalResourceId, ResourceStatusReason]"
    with contextlib.suppress(AwsError):  # AWS refused before there was a stack
        aws.run("cloudformation describe-stack-events", stack_name=stack, query=query)


def stack_status(aws: Aws, stack: str) -> str:
    """Its status, or an empty text if the stack doesn't exist."""
    try:
        return str(aws.run("cloudformation describe-stacks", stack_name=stack, query="Stacks[0].StackStatus"))
    except AwsError as error:
        if error.code == "ValidationError" and "does not exist" in error.answer:
            return ""
        raise
