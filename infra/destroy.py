"""The step `aws-destroy`: lists everything that the steps made, asks, and removes it in the order that AWS demands.

It looks for each thing, so it works from any half-made state. DELETE_REPOSITORY=1 also removes the repository.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html
"""

from collections.abc import Iterator

from infra.aws_cli import Aws, Option
from infra.dev_vars import DevVars
from infra.errors import StepError
from infra.role import own_providers
from infra.settings import Settings, confirmed


class Removal:
    """A thing to remove, and the command that removes it."""

    def __init__(self, thing: str, command: str, **options: Option) -> None:
        self.thing, self.command, self.options = thing, command, options


def destroy(aws: Aws, settings: Settings) -> None:
    """Raises StepError if the person doesn't agree."""
    remove(aws, settings, list(removals(aws, settings)))


def remove(aws: Aws, settings: Settings, found: list[Removal]) -> None:
    """Lists, asks, removes in the order given. Empties the key's lines in `.dev.vars` if that key was deleted."""
    if not found:
        print("\n  nothing is left to remove")
        return
    file = DevVars(settings.dev_vars)
    held = file.access_key_id
    print("\nThis will be removed, in this order:")
    for removal in found:
        print(f"  {removal.thing}")
    if not confirmed(f"Remove all of it from account {settings.account_id}?", settings):
        raise StepError("nothing was removed: answer y, or run it with YES=1")
    for removal in found:
        aws.ask(removal.command, **removal.options)  # no failure if somebody else removed it meanwhile
        if removal.command == "iam delete-access-key" and removal.options["access_key_id"] == held:
            file.forget_key()


def removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    yield from function_removals(aws, settings)
    user = user_exists(aws, settings)
    if user:
        yield from belongings(aws, settings)
    yield from policy_removals(aws, settings)
    if user:
        yield Removal(f"user {settings.caller_name}", "iam delete-user", user_name=settings.caller_name)
    yield from role_removals(aws, settings.caller_role_name, settings)
    yield from provider_removals(aws, settings)
    yield from role_removals(aws, settings.role_name, settings)
    if settings.delete_repository:
        yield from repository_removals(aws, settings)


def function_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    name, group = settings.function_name, settings.log_group
    url = aws.ask("lambda get-function-url-config", function_name=name, query="FunctionUrl")
    if url:
        yield Removal(f"Function URL {url}", "lambda delete-function-url-config", function_name=name)
    if aws.ask("lambda get-function", function_name=name, query="Configuration.FunctionArn"):
        yield Removal(f"function {name}", "lambda delete-function", function_name=name)
    query = "logGroups[].logGroupName"
    if group in (aws.ask("logs describe-log-groups", log_group_name_prefix=group, query=query) or []):
        yield Removal(f"log group {group}", "logs delete-log-group", log_group_name=group)


def belongings(aws: Aws, settings: Settings) -> Iterator[Removal]:
    """What the user has besides the policy of the steps. AWS deletes no user that has a key, a policy or a group."""
    name = settings.caller_name
    for key in aws.run("iam list-access-keys", user_name=name, query="AccessKeyMetadata[].AccessKeyId"):
        yield Removal(f"access key {key}", "iam delete-access-key", user_name=name, access_key_id=key)
    for group in aws.run("iam list-groups-for-user", user_name=name, query="Groups[].GroupName"):
        thing = f"membership of {name} in the group {group}"
        yield Removal(thing, "iam remove-user-from-group", group_name=group, user_name=name)
    query = f"AttachedPolicies[?PolicyArn!='{settings.policy_arn}'].PolicyArn"
    for arn in aws.run("iam list-attached-user-policies", user_name=name, query=query):
        yield Removal(f"attachment of {arn}", "iam detach-user-policy", user_name=name, policy_arn=arn)
    for policy in aws.run("iam list-user-policies", user_name=name, query="PolicyNames"):
        yield Removal(f"inline policy {policy}", "iam delete-user-policy", user_name=name, policy_name=policy)


def user_exists(aws: Aws, settings: Settings) -> bool:
    return aws.ask("iam get-user", user_name=settings.caller_name, query="User.Arn") is not None


def attachments(aws: Aws, settings: Settings) -> Iterator[Removal]:
    """The policy's attachments to users, groups and roles. AWS deletes no policy that is attached."""
    name, arn = settings.policy_name, settings.policy_arn
    query = "[PolicyUsers[].UserName, PolicyGroups[].GroupName, PolicyRoles[].RoleName]"
    found = aws.ask("iam list-entities-for-policy", policy_arn=arn, query=query)
    for kind, entities in zip(("user", "group", "role"), found or ([], [], []), strict=True):
        for entity in entities or []:
            thing = f"attachment of {name} to the {kind} {entity}"
            yield Removal(thing, f"iam detach-{kind}-policy", **{f"{kind}_name": entity, "policy_arn": arn})


def policy_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    """The policy, after its attachments and its older versions."""
    name, arn = settings.policy_name, settings.policy_arn
    if aws.ask("iam get-policy", policy_arn=arn, query="Policy.Arn") is None:
        return
    yield from attachments(aws, settings)
    query = "Versions[?!IsDefaultVersion].VersionId"
    for version in aws.run("iam list-policy-versions", policy_arn=arn, query=query):
        thing = f"version {version} of {name}"
        yield Removal(thing, "iam delete-policy-version", policy_arn=arn, version_id=version)
    yield Removal(f"policy {name}", "iam delete-policy", policy_arn=arn)


def role_removals(aws: Aws, name: str, settings: Settings) -> Iterator[Removal]:
    """The role, after its policies but the caller's, whose attachments go with that policy."""
    if aws.ask("iam get-role", role_name=name, query="Role.Arn") is None:
        return
    query = f"AttachedPolicies[?PolicyArn!='{settings.policy_arn}'].PolicyArn"
    for arn in aws.run("iam list-attached-role-policies", role_name=name, query=query):
        yield Removal(f"attachment of {arn}", "iam detach-role-policy", role_name=name, policy_arn=arn)
    yield Removal(f"role {name}", "iam delete-role", role_name=name)


def provider_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    """Only a provider that aws-role made: the others of the account are somebody else's."""
    for arn in own_providers(aws, settings):
        command = "iam delete-open-id-connect-provider"
        yield Removal(f"identity provider {arn}", command, open_id_connect_provider_arn=arn)


def repository_removals(aws: Aws, settings: Settings) -> Iterator[Removal]:
    name = settings.repository
    if aws.ask("ecr describe-repositories", repository_names=name, query="repositories[0].repositoryName"):
        thing = f"repository {name}, with every image in it"
        query = "repository.repositoryName"
        yield Removal(thing, "ecr delete-repository", repository_name=name, force=True, query=query)
