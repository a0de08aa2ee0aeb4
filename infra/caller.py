"""The steps `aws-policy` and `aws-user`: the permission to call the Function URL, and the user who has it.

The policy is policies/call-function-url.json, the file that the local stand-in enforces too. No key is made here.
Source: AWS Lambda Developer Guide, "Control access to Lambda function URLs"; AWS IAM User Guide, "Versioning IAM
policies".
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
    query = ("--query", "Policy.DefaultVersionId")
    version = aws.ask("iam", "get-policy", "--policy-arn", policy_arn, *query)
    if version is None:
        return None
    words = ("--policy-arn", policy_arn, "--version-id", version, "--query", "PolicyVersion.Document")
    return aws.run("iam", "get-policy-version", *words)


def make_policy(aws: Aws, settings: Settings) -> None:
    """The managed policy; where it differs from the file, a new version of it."""
    wanted, arn = wanted_policy(settings), settings.policy_arn
    document = ("--policy-document", json.dumps(wanted))
    found = attached_policy(aws, arn)
    if found is None:
        query = ("--query", "Policy.Arn")
        aws.run("iam", "create-policy", "--policy-name", settings.policy_name, *document, *query)
    elif found != wanted:
        make_room(aws, arn)
        query = ("--query", "PolicyVersion.VersionId")
        aws.run("iam", "create-policy-version", "--policy-arn", arn, *document, "--set-as-default", *query)
    else:
        print(f"  {settings.policy_name} is as {POLICY_FILE.name} already")


def make_room(aws: Aws, policy_arn: str) -> None:
    """Deletes the oldest version where there are as many as AWS keeps."""
    query = ("--query", "Versions[].[VersionId, IsDefaultVersion]")
    versions = aws.run("iam", "list-policy-versions", "--policy-arn", policy_arn, *query)
    if len(versions) >= MAX_POLICY_VERSIONS:
        oldest = min((version for version, is_default in versions if not is_default), key=lambda v: int(v[1:]))
        aws.run("iam", "delete-policy-version", "--policy-arn", policy_arn, "--version-id", oldest)


def make_user(aws: Aws, settings: Settings) -> None:
    """The user, with the policy attached."""
    name = settings.caller_name
    if aws.ask("iam", "get-user", "--user-name", name, "--query", "User.Arn") is None:
        aws.run("iam", "create-user", "--user-name", name, "--query", "User.Arn")
    try:
        aws.run("iam", "attach-user-policy", "--user-name", name, "--policy-arn", settings.policy_arn)
    except AwsError as error:
        if error.code == "NoSuchEntity":
            raise StepError(f"there is no policy {settings.policy_name} yet: make aws-policy") from error
        raise
