"""Answers `aws iam simulate-principal-policy` for the rehearsal: ministack's own simulator ignores condition keys.

The stand-in evaluates the policies that the user or role has at the local AWS.
"""

import argparse
import contextlib
import json
import os
import sys
from typing import Any

from infra.aws_cli import Aws
from infra.caller import attached_policy
from local_aws.iam.decision import decide
from local_aws.iam.policy import read_policy


def attached_policies(arn: str) -> list[Any]:
    """The documents of the managed policies that are attached to the user or role."""
    aws = Aws(os.environ["AWS_REGION"])
    query, name = "AttachedPolicies[].PolicyArn", arn.rpartition("/")[2]
    if ":role/" in arn:
        arns = aws.run("iam list-attached-role-policies", role_name=name, query=query)
    else:
        arns = aws.run("iam list-attached-user-policies", user_name=name, query=query)
    return [attached_policy(aws, arn) for arn in arns]


def decision(documents: list[Any], action: str, resource: str, context: dict[str, str]) -> str:
    """`allowed`, `implicitDeny` or `explicitDeny`."""
    statements = [s for document in documents for s in read_policy(json.dumps(document), "the caller's policy")]
    decided = decide(statements, action, resource, context)
    if decided.allowed:
        return "allowed"
    return "explicitDeny" if decided.explicit_deny else "implicitDeny"


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    for option in ("--policy-source-arn", "--action-names", "--resource-arns", "--context-entries", "--query"):
        parser.add_argument(option, required=True)
    asked = parser.parse_args(words)
    entry = dict(field.split("=", 1) for field in asked.context_entries.split(","))
    with contextlib.redirect_stdout(sys.stderr):  # the caller reads stdout as the answer
        documents = attached_policies(asked.policy_source_arn)
    context = {entry["ContextKeyName"]: entry["ContextKeyValues"]}
    print(json.dumps(decision(documents, asked.action_names, asked.resource_arns, context)))


if __name__ == "__main__":
    main(sys.argv[1:])
