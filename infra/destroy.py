"""The step `aws-destroy`: lists all that the steps made, asks, and removes it in the order that AWS demands.

It looks at what is there, so it works from any half-made state. The repository goes only with DELETE_REPOSITORY=1.
Source: AWS IAM User Guide, "Remove or deactivate an IAM user"; AWS Lambda Developer Guide, "Lambda function URLs".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.aws_cli import Aws
from infra.dev_vars import DevVars
from infra.errors import StepError
from infra.settings import Settings, confirmed


@dataclass(frozen=True)
class Removal:
    thing: str
    command: tuple[str, ...]


def destroy(aws: Aws, settings: Settings) -> None:
    """Raises StepError when the person doesn't agree."""
    remove(aws, settings, list(removals(aws, settings)))


def remove(aws: Aws, settings: Settings, found: list[Removal]) -> None:
    """Lists, asks, removes in the order given, and forgets a key in `.dev.vars` that is gone."""
    if not found:
        print("\n  nothing is left to remove")
        return
    print("\nThis will be removed, in this order:")
    for removal in found:
        print(f"  {removal.thing}")
    if not confirmed(f"Remove all of it from account {settings.function.account_id}?", settings):
        raise StepError("nothing was removed: answer y, or run it with YES=1")
    file = DevVars(settings.dev_vars)
    for removal in found:
        aws.ask(*removal.command)  # what somebody else removed meanwhile is done, too
        if removal.command[1] == "delete-access-key" and removal.command[-1] == file.access_key_id:
            file.forget_key()


def removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    yield from function_removals(aws, settings)
    yield from user_removals(aws, settings)
    yield from policy_removals(aws, settings)
    yield from role_removals(aws, settings)
    if settings.delete_repository:
        yield from repository_removals(aws, settings)


def function_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    name = ("--function-name", settings.function.name)
    url = aws.ask("lambda", "get-function-url-config", *name, "--query", "FunctionUrl")
    if url:
        yield Removal(f"Function URL {url}", ("lambda", "delete-function-url-config", *name))
    if aws.ask("lambda", "get-function", *name, "--query", "Configuration.FunctionArn"):
        yield Removal(f"function {settings.function.name}", ("lambda", "delete-function", *name))
    group = settings.log_group
    prefix = ("--log-group-name-prefix", group, "--query", "logGroups[].logGroupName")
    if group in (aws.ask("logs", "describe-log-groups", *prefix) or []):
        yield Removal(f"log group {group}", ("logs", "delete-log-group", "--log-group-name", group))


def user_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    """The user, after what AWS wants gone before: keys, attached policies, inline policies."""
    user = ("--user-name", settings.caller_name)
    if aws.ask("iam", "get-user", *user, "--query", "User.Arn") is None:
        return
    yield from key_removals(aws, settings)
    for arn in aws.run("iam", "list-attached-user-policies", *user, "--query", "AttachedPolicies[].PolicyArn"):
        yield Removal(f"attachment of {arn}", ("iam", "detach-user-policy", *user, "--policy-arn", arn))
    for name in aws.run("iam", "list-user-policies", *user, "--query", "PolicyNames"):
        yield Removal(f"inline policy {name}", ("iam", "delete-user-policy", *user, "--policy-name", name))
    yield Removal(f"user {settings.caller_name}", ("iam", "delete-user", *user))


def key_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    user = ("--user-name", settings.caller_name)
    for key in aws.ask("iam", "list-access-keys", *user, "--query", "AccessKeyMetadata[].AccessKeyId") or []:
        yield Removal(f"access key {key}", ("iam", "delete-access-key", *user, "--access-key-id", key))


def policy_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    """The policy, after its attachments to other users and its older versions."""
    policy = ("--policy-arn", settings.policy_arn)
    if aws.ask("iam", "get-policy", *policy, "--query", "Policy.Arn") is None:
        return
    for name in aws.run("iam", "list-entities-for-policy", *policy, "--query", "PolicyUsers[].UserName"):
        if name != settings.caller_name:
            words = ("iam", "detach-user-policy", "--user-name", name, *policy)
            yield Removal(f"attachment of {settings.policy_name} to the user {name}", words)
    query = ("--query", "Versions[?!IsDefaultVersion].VersionId")
    for version in aws.run("iam", "list-policy-versions", *policy, *query):
        words = ("iam", "delete-policy-version", *policy, "--version-id", version)
        yield Removal(f"version {version} of {settings.policy_name}", words)
    yield Removal(f"policy {settings.policy_name}", ("iam", "delete-policy", *policy))


def role_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    role = ("--role-name", settings.role_name)
    if aws.ask("iam", "get-role", *role, "--query", "Role.Arn") is None:
        return
    for arn in aws.run("iam", "list-attached-role-policies", *role, "--query", "AttachedPolicies[].PolicyArn"):
        yield Removal(f"attachment of {arn}", ("iam", "detach-role-policy", *role, "--policy-arn", arn))
    yield Removal(f"role {settings.role_name}", ("iam", "delete-role", *role))


def repository_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    repository = ("--repository-name", settings.repository)
    names = ("--repository-names", settings.repository, "--query", "repositories[0].repositoryName")
    if aws.ask("ecr", "describe-repositories", *names):
        words = ("ecr", "delete-repository", *repository, "--force", "--query", "repository.repositoryName")
        yield Removal(f"repository {settings.repository}, with every image in it", words)
