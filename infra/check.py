"""The step `aws-check`: a table of what exists, and whether the caller is allowed both actions. It changes nothing.

AWS's policy simulator decides, with the context keys of a call through the Function URL.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from infra.aws_cli import Aws
from infra.caller import POLICY_FILE, attached_policy, wanted_policy
from infra.dev_vars import DevVars
from infra.ecr import pushed_digest
from infra.errors import StepError
from infra.function_url import IN_QUERY, VARIABLE, mode_of_adapter, mode_of_url
from infra.role import AUDIENCE, TRUST_FILE, trusted
from infra.settings import Settings
from policies.render import GOOGLE, provider_name

# Each action with the condition key that AWS sets for it, the key's type and its value.
ACTIONS = {
    "lambda:InvokeFunctionUrl": ("lambda:FunctionUrlAuthType", "string", "AWS_IAM"),
    "lambda:InvokeFunction": ("lambda:InvokedViaFunctionUrl", "boolean", "true"),
}


@dataclass(frozen=True)
class Row:
    """A line of the table. A row without a `remedy` is as it should be."""

    thing: str
    found: str
    remedy: str = ""


def check(aws: Aws, settings: Settings) -> None:
    """Shows the table. Raises StepError if something is missing."""
    rows = list(function_rows(aws, settings))
    role = list(role_rows(aws, settings))
    rows += [*caller_rows(aws, settings, has_role=len(role) > 1), *role]
    width = max(len(row.thing) for row in rows)
    print()
    for row in rows:
        print(f"  {row.thing:<{width}}  {row.found}" + (f"   <- {row.remedy}" if row.remedy else ""))
    missing = [row for row in rows if row.remedy]
    if missing:
        raise StepError(f"{len(missing)} of {len(rows)} are not as they should be: the arrows above say what to run")


def function_rows(aws: Aws, settings: Settings) -> Iterable[Row]:
    name, repository = settings.function_name, settings.repository
    digest = pushed_digest(aws, settings)
    yield Row("image", f"{repository} {digest}" if digest else "none", "" if digest else "make ecr-create build push")
    arn = aws.ask("iam get-role", role_name=settings.role_name, query="Role.Arn")
    yield Row("role", arn or "none", "" if arn else "make aws-function")
    query = f"[Configuration.State, Configuration.Architectures[0], Code.ResolvedImageUri, Configuration.{IN_QUERY}]"
    function = aws.ask("lambda get-function", function_name=name, query=query)
    yield function_row(name, function, digest)
    url = aws.ask("lambda get-function-url-config", function_name=name, query="[FunctionUrl, AuthType, InvokeMode]")
    yield url_row(url, function[3] if function else None)


def function_row(name: str, found: list[str] | None, digest: str | None) -> Row:
    if found is None:
        return Row("function", "none", "make aws-function")
    state, architecture, image, _ = found
    text = f"{name}, {state}, {architecture}"
    if digest and not image.endswith(digest):
        return Row("function", text + ", not the image that was pushed last", "make aws-function (or deploy)")
    return Row("function", text, "" if state in ("Active", "Inactive") else "wait, then look again")


def url_row(found: list[str | None] | None, variable: str | None) -> Row:
    """The adapter's mode, by the function's variable, has to be that of the URL."""
    if found is None:
        return Row("Function URL", "none", "make aws-url")
    url, auth_type, mode = found[0], found[1], mode_of_url(found[2])
    text = f"{url} {auth_type} {mode}"
    if mode != mode_of_adapter(variable):
        text += f", but the function's {VARIABLE} is {variable or 'not set'}"
        return Row("Function URL", text, f"make aws-url (or deploy) INVOKE_MODE={mode}")
    return Row("Function URL", text, "" if auth_type == "AWS_IAM" else "make aws-url")


def caller_rows(aws: Aws, settings: Settings, *, has_role: bool) -> Iterable[Row]:
    """Policy, user and key. A caller with a role needs no user."""
    name = settings.caller_name
    document = attached_policy(aws, settings.policy_arn)
    if document == wanted_policy(settings):
        yield Row("policy", f"{settings.policy_name}, as {POLICY_FILE.name}")
    else:
        text = "none" if document is None else f"{settings.policy_name} differs from {POLICY_FILE.name}"
        yield Row("policy", text, "make aws-policy")
    if aws.ask("iam get-user", user_name=name, query="User.Arn") is None:
        yield Row("user", "none", "" if has_role else "make aws-user")
        return
    policies = aws.run("iam list-attached-user-policies", user_name=name, query="AttachedPolicies[].PolicyArn")
    yield Row("user", f"{name}, with {', '.join(arn.rpartition('/')[2] for arn in policies) or 'no policy'}")
    yield key_row(aws, settings)
    for action in ACTIONS:
        decision = simulated(aws, settings, settings.caller_arn, action)
        yield Row(f"may {action}", decision, "" if decision == "allowed" else remedy_for(decision, policies, settings))


def role_rows(aws: Aws, settings: Settings) -> Iterable[Row]:
    """The caller's role, where `aws-role` was run."""
    name = settings.caller_role_name
    document = aws.ask("iam get-role", role_name=name, query="Role.AssumeRolePolicyDocument")
    if document is None:
        yield Row("caller's role", "none: make aws-role makes one, for a caller without a key")
        return
    if found := trusted(document, settings):
        issuer, subject = found
        right = settings.issuer in ("", issuer) and settings.subject in ("", subject)
        yield Row("caller's role", f"{name}, for {subject} of {issuer}", "" if right else "make aws-role")
        if provider_name(issuer) != GOOGLE:
            yield provider_row(aws, replace(settings, issuer=issuer))
    else:
        yield Row("caller's role", f"{name}: its trust policy differs from {TRUST_FILE.name}", "make aws-role")
    for action in ACTIONS:
        decision = simulated(aws, settings, settings.caller_role_arn, action)
        remedy = "" if decision == "allowed" else "make aws-policy aws-role"
        yield Row(f"role may {action}", decision, remedy)


def provider_row(aws: Aws, settings: Settings) -> Row:
    arn = settings.provider_arn
    clients = aws.ask("iam get-open-id-connect-provider", open_id_connect_provider_arn=arn, query="ClientIDList")
    text = f"{settings.issuer}, {', '.join(clients or ['none'])}"
    return Row("identity provider", text, "" if AUDIENCE in (clients or []) else "make aws-role")


def key_row(aws: Aws, settings: Settings) -> Row:
    query = "AccessKeyMetadata[].[AccessKeyId, Status]"
    keys = dict(aws.run("iam list-access-keys", user_name=settings.caller_name, query=query))
    text = ", ".join(f"{key} {status}" for key, status in keys.items()) or "none"
    held = DevVars(settings.dev_vars).access_key_id
    if held in keys:
        return Row("access key", text, "" if keys[held] == "Active" else f"switch {held} on, or make aws-rotate-key")
    return Row("access key", f"{text}; none of them in {settings.dev_vars.name}", "make aws-key")


def simulated(aws: Aws, settings: Settings, arn: str, action: str) -> str:
    """`allowed`, `implicitDeny` or `explicitDeny`. AWS also reads a user's groups, boundary and organization."""
    key, kind, value = ACTIONS[action]
    return str(
        aws.run(
            "iam simulate-principal-policy",
            policy_source_arn=arn,
            action_names=action,
            resource_arns=settings.function.arn,
            context_entries=f"ContextKeyName={key},ContextKeyType={kind},ContextKeyValues={value}",
            query="EvaluationResults[0].EvalDecision",
        )
    )


def remedy_for(decision: str, policies: list[str], settings: Settings) -> str:
    if decision == "explicitDeny":
        return "a policy of the user, or of the organization, denies it: remove that statement"
    return "make aws-policy" if settings.policy_arn in policies else "make aws-policy aws-user"
