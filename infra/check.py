"""The step `aws-check`: what exists, in a table, and whether the caller is allowed both actions that AWS asks for.

It changes nothing. AWS's own policy simulator decides, with the context that a call through the Function URL has.
Source: AWS IAM API Reference, "SimulatePrincipalPolicy"; AWS Lambda Developer Guide, "Control access to Lambda
function URLs".
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.aws_cli import Aws
from infra.caller import POLICY_FILE, attached_policy, wanted_policy
from infra.dev_vars import DevVars
from infra.errors import StepError
from infra.settings import Settings
from local_aws.iam.decision import decide
from local_aws.iam.policy import read_policy

# Each action with the condition key that AWS sets for it, the key's type and its value.
ACTIONS = {
    "lambda:InvokeFunctionUrl": ("lambda:FunctionUrlAuthType", "string", "AWS_IAM"),
    "lambda:InvokeFunction": ("lambda:InvokedViaFunctionUrl", "boolean", "true"),
}


@dataclass(frozen=True)
class Row:
    """A line of the table. Without a `remedy` it is as it should be."""

    thing: str
    found: str
    remedy: str = ""


def check(aws: Aws, settings: Settings) -> None:
    """The table. Raises StepError when something is missing."""
    rows = [*function_rows(aws, settings), *caller_rows(aws, settings)]
    width = max(len(row.thing) for row in rows)
    print()
    for row in rows:
        print(f"  {row.thing:<{width}}  {row.found}" + (f"   <- {row.remedy}" if row.remedy else ""))
    missing = [row for row in rows if row.remedy]
    if missing:
        raise StepError(f"{len(missing)} of {len(rows)} are not as they should be: the arrows above say what to run")


def function_rows(aws: Aws, settings: Settings) -> Iterable[Row]:
    name, repository = settings.function.name, settings.repository
    tag = f"imageTag={settings.image_tag}"
    words = ("--repository-name", repository, "--image-ids", tag, "--query", "imageDetails[0].imageDigest")
    digest = aws.ask("ecr", "describe-images", *words)
    yield Row("image", f"{repository} {digest}" if digest else "none", "" if digest else "make ecr-create build push")
    arn = aws.ask("iam", "get-role", "--role-name", settings.role_name, "--query", "Role.Arn")
    yield Row("role", arn or "none", "" if arn else "make aws-function")
    query = "[Configuration.State, Configuration.Architectures[0], Code.ResolvedImageUri]"
    function = aws.ask("lambda", "get-function", "--function-name", name, "--query", query)
    if function is None:
        yield Row("function", "none", "make aws-function")
    else:
        state, architecture, image = function
        stale = bool(digest) and not str(image).endswith(str(digest))
        remedy = "" if state in ("Active", "Inactive") else "wait, then look again"
        text = f"{name}, {state}, {architecture}" + (", not the image that was pushed last" if stale else "")
        yield Row("function", text, "make aws-function (or deploy)" if stale else remedy)
    query = "[FunctionUrl, AuthType]"
    url = aws.ask("lambda", "get-function-url-config", "--function-name", name, "--query", query)
    right = url is not None and url[1] == "AWS_IAM"
    yield Row("Function URL", " ".join(url) if url else "none", "" if right else "make aws-url")


def caller_rows(aws: Aws, settings: Settings) -> Iterable[Row]:
    name = settings.caller_name
    document = attached_policy(aws, settings.policy_arn)
    if document == wanted_policy(settings):
        yield Row("policy", f"{settings.policy_name}, as {POLICY_FILE.name}")
    else:
        text = "none" if document is None else f"{settings.policy_name} differs from {POLICY_FILE.name}"
        yield Row("policy", text, "make aws-policy")
    user = aws.ask("iam", "get-user", "--user-name", name, "--query", "User.Arn")
    if user is None:
        yield Row("user", "none", "make aws-user")
        return
    query = "AttachedPolicies[].PolicyArn"
    policies = aws.run("iam", "list-attached-user-policies", "--user-name", name, "--query", query)
    yield Row("user", f"{name}, with {', '.join(arn.rpartition('/')[2] for arn in policies) or 'no policy'}")
    yield key_row(aws, settings)
    for action, decision in decisions(aws, settings, policies).items():
        yield Row(f"may {action}", decision, "" if decision == "allowed" else remedy_for(decision, policies, settings))


def key_row(aws: Aws, settings: Settings) -> Row:
    query = ("--query", "AccessKeyMetadata[].[AccessKeyId, Status]")
    keys = dict(aws.run("iam", "list-access-keys", "--user-name", settings.caller_name, *query))
    text = ", ".join(f"{key} {status}" for key, status in keys.items()) or "none"
    held = DevVars(settings.dev_vars).access_key_id
    if held in keys:
        return Row("access key", text, "" if keys[held] == "Active" else f"switch {held} on, or make aws-rotate-key")
    return Row("access key", f"{text}; none of them in {settings.dev_vars.name}", "make aws-key")


def remedy_for(decision: str, policies: list[str], settings: Settings) -> str:
    if decision == "explicitDeny":
        return "a policy of the user, or of the organization, denies it: remove that statement"
    return "make aws-policy" if settings.policy_arn in policies else "make aws-policy aws-user"


def decisions(aws: Aws, settings: Settings, policies: list[str]) -> dict[str, str]:
    """For each action `allowed`, `implicitDeny` or `explicitDeny`."""
    if settings.policy_simulator == "aws":
        return {action: simulated(aws, settings, action) for action in ACTIONS}
    documents = [attached_policy(aws, arn) for arn in policies]
    return {action: evaluated(documents, settings, action) for action in ACTIONS}


def simulated(aws: Aws, settings: Settings, action: str) -> str:
    """AWS's simulator: it knows the user's groups, permissions boundary and organization too."""
    key, kind, value = ACTIONS[action]
    # fmt: off
    return str(aws.run(
        "iam", "simulate-principal-policy", "--policy-source-arn", settings.caller_arn,
        "--action-names", action, "--resource-arns", settings.function.arn,
        "--context-entries", f"ContextKeyName={key},ContextKeyType={kind},ContextKeyValues={value}",
        "--query", "EvaluationResults[0].EvalDecision",
    ))
    # fmt: on


def evaluated(documents: list[Any], settings: Settings, action: str) -> str:
    """The local stand-in's evaluation, for a local AWS whose simulator doesn't know condition keys."""
    key, _, value = ACTIONS[action]
    statements = [s for d in documents for s in read_policy(json.dumps(d), "the user's policy")]
    decision = decide(statements, action, settings.function.arn, {key: value})
    if decision.allowed:
        return "allowed"
    return "explicitDeny" if decision.explicit_deny else "implicitDeny"
