"""The steps `aws-policy` and `aws-user`: the permission to call the Function URL, and the user who has it.

The policy is policies/call-function-url.json, which the local stand-in also enforces.
Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

import json
from typing import Any

from infra.aws_cli import Aws
from infra.errors import AwsError, StepError
from infra.settings import Settings
from policies.render import POLICIES, render_policy

POLICY_FILE = POLICIES / "call-function-url.json"
MAX_POLICY_VERSIONS = 5


def wanted_policy(settings: Settings) -> Any:
    return json.loads(render_policy(POLICY_FILE.read_text("utf-8"), settings.function))


def attached_policy(aws: Aws, policy_arn: str) -> Any:
    """The document of the policy's default version, or None."""
    version = aws.ask("iam get-policy", policy_arn=policy_arn, query="Policy.DefaultVersionId")
    if version is None:
        return None
    return aws.run("iam get-policy-version", policy_arn=policy_arn, version_id=version, query="PolicyVersion.Document")


def make_policy(aws: Aws, settings: Settings) -> None:
    """The managed policy. If it differs from the file, it gets a new version."""
    wanted, name, arn = wanted_policy(settings), settings.policy_name, settings.policy_arn
    document = json.dumps(wanted)
    found = attached_policy(aws, arn)
    if found is None:
        aws.run("iam create-policy", policy_name=name, policy_document=document, query="Policy.Arn")
    elif found != wanted:
        make_room(aws, arn)
        aws.run(
            "iam create-policy-version",
            policy_arn=arn,
            policy_document=document,
            set_as_default=True,
            query="PolicyVersion.VersionId",
        )
    else:
        print(f"  {name} equals {POLICY_FILE.name} already")


def make_room(aws: Aws, policy_arn: str) -> None:
    """Deletes the oldest version if the policy has as many as AWS keeps."""
    versions = aws.run(
        "iam list-policy-versions", policy_arn=policy_arn, query="Versions[].[VersionId, IsDefaultVersion]"
    )
    if len(versions) >= MAX_POLICY_VERSIONS:
        oldest = min((version for version, is_default in versions if not is_default), key=lambda v: int(v[1:]))
        aws.run("iam delete-policy-version", policy_arn=policy_arn, version_id=oldest)


def make_user(aws: Aws, settings: Settings) -> None:
    name = settings.caller_name
    if aws.ask("iam get-user", user_name=name, query="User.Arn") is None:
        aws.run("iam create-user", user_name=name, query="User.Arn")
    attach_policy(aws, settings, "iam attach-user-policy", user_name=name)


def attach_policy(aws: Aws, settings: Settings, command: str, **identity: str) -> None:
    """Attaches the policy to a user or a role. Raises StepError if the policy doesn't exist."""
    try:
        aws.run(command, secret=False, **identity, policy_arn=settings.policy_arn)
    except AwsError as error:
        if error.code == "NoSuchEntity":
            raise StepError(f"there is no policy {settings.policy_name} yet: make aws-policy") from error
        raise
