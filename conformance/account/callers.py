"""The callers of the cases: sessions of one role, each narrowed by a case's policy, and a user's key.

A session needs no user, and no waiting for IAM: the session policy counts from its first call on, and AWS ends it after
15 minutes. The user's key is for the cases about users alone.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

import json
from collections.abc import Iterable, Mapping

from botocore.credentials import Credentials

from conformance.account.stack import caller_name
from conformance.case import Case, policy_files
from infra.aws_cli import Aws
from infra.errors import AwsError, StepError
from infra.waiting import wait_for
from policies.function import Function
from policies.render import render_policy

SESSION_SECONDS = 900  # the least that AWS grants
WAIT_SECONDS = 60  # AWS: a new role or key counts after some seconds

Who = tuple[str, str, str]  # caller, policy and function of a case


def who(case: Case) -> Who:
    return case.caller, case.policy, case.request.function


def callers(
    aws: Aws, stack: str, cases: Iterable[Case], functions: Mapping[str, Function]
) -> dict[Who, Credentials | str]:
    """The credentials of each caller; the error code where AWS refuses to narrow the role with a policy."""
    found: dict[Who, Credentials | str] = {}
    for case in cases:
        if who(case) not in found:
            function = functions[case.request.function]
            found[who(case)] = session(aws, stack, case.policy, function) if case.caller == "role" else key(aws, stack)
    return found


def session(aws: Aws, stack: str, policy: str, function: Function) -> Credentials | str:
    """A new role can be assumed after some seconds: until then AWS answers AccessDenied."""
    document = json.loads(render_policy(policy_files()[policy].read_text("utf-8"), function))

    def attempt() -> Credentials | str | None:
        try:
            parts = aws.run(
                "sts assume-role",
                secret=True,
                role_arn=f"arn:aws:iam::{function.account_id}:role/{caller_name(stack)}",
                role_session_name="conformance",
                duration_seconds=SESSION_SECONDS,
                policy=json.dumps(document),
                query="Credentials.[AccessKeyId, SecretAccessKey, SessionToken]",
            )
            return Credentials(*parts)
        except AwsError as error:
            if error.code == "AccessDenied":
                return None
            if error.code == "MalformedPolicyDocument":
                return error.code
            raise

    found = wait_for(attempt, "the role is new", WAIT_SECONDS)
    if found is None:
        raise StepError(
            f"AWS doesn't let you assume the role {caller_name(stack)}, which trusts you: look for a Deny of "
            "sts:AssumeRole in your own policies, your permissions boundary and your organization's policies"
        )
    return found


def key(aws: Aws, stack: str) -> Credentials:
    query = "AccessKey.[AccessKeyId, SecretAccessKey]"
    return Credentials(*aws.run("iam create-access-key", secret=True, user_name=caller_name(stack), query=query))
