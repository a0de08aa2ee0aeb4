"""The step `aws-role`: a role for the caller, in place of a user and its key, for one subject of one identity provider.

The trust policy is policies/trust-web-identity.json, which the local STS evaluates too. The policy is the caller's.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
"""

import json
import re
from typing import Any

from infra.aws_cli import Aws
from infra.caller import attach_policy
from infra.errors import AwsError, StepError
from infra.settings import Settings
from policies.render import GOOGLE, POLICIES, provider_name, render_trust_policy

TRUST_FILE = POLICIES / "trust-web-identity.json"
AUDIENCE = "sts.amazonaws.com"
# An aws CLI from before July 2024 wants one. AWS compares it only where it doesn't know the certificate's authority.
NO_THUMBPRINT = "0" * 40
MADE_BY = "made-by"  # the tag of a provider that the step made: aws-destroy removes no other


def make_caller_role(aws: Aws, settings: Settings) -> None:
    """The identity provider, and the role that trusts it, with the caller's policy."""
    check_variables(settings)
    make_provider(aws, settings)
    name, wanted = settings.caller_role_name, wanted_trust(settings.issuer, settings.subject, settings)
    found = aws.ask("iam get-role", role_name=name, query="Role.AssumeRolePolicyDocument")
    if found is None:
        document = json.dumps(wanted)
        aws.run("iam create-role", role_name=name, assume_role_policy_document=document, query="Role.Arn")
    elif found != wanted:
        aws.run("iam update-assume-role-policy", role_name=name, policy_document=json.dumps(wanted))
    else:
        print(f"  {name} trusts {settings.subject} already")
    attach_policy(aws, settings, "iam attach-role-policy", role_name=name)
    print(f"  the caller's variable: AWS_ROLE_ARN={settings.caller_role_arn}")


def check_variables(settings: Settings) -> None:
    """Raises StepError where nobody could get the role, or too many."""
    if not settings.issuer or not settings.subject:
        raise StepError(
            "ISSUER or SUBJECT is missing: name the identity provider and whose tokens it trusts, as in "
            "make aws-role ISSUER=https://token.actions.githubusercontent.com "
            "SUBJECT=repo:OWNER@OWNER_ID/REPOSITORY@REPOSITORY_ID:ref:refs/heads/main"
        )
    if not re.fullmatch(r"https://[^\s/?#@]+[^\s?#]*", settings.issuer) or settings.issuer.endswith("/"):
        raise StepError(f"ISSUER is {settings.issuer!r}: write the token's iss, with https:// and no slash at its end")
    if re.search(r"[*?]", settings.subject):
        raise StepError(f"SUBJECT is {settings.subject!r}: write the token's whole sub, without * or ?")


def wanted_trust(issuer: str, subject: str, settings: Settings) -> Any:
    text = TRUST_FILE.read_text("utf-8")
    return json.loads(render_trust_policy(text, settings.account_id, issuer, subject))


def make_provider(aws: Aws, settings: Settings) -> None:
    """An identity provider that knows the audience. IAM has Google built in."""
    if provider_name(settings.issuer) == GOOGLE:
        return
    arn = settings.provider_arn
    clients = aws.ask("iam get-open-id-connect-provider", open_id_connect_provider_arn=arn, query="ClientIDList")
    if clients is None:
        create_provider(aws, settings)
    elif AUDIENCE not in clients:
        aws.run("iam add-client-id-to-open-id-connect-provider", open_id_connect_provider_arn=arn, client_id=AUDIENCE)


def create_provider(aws: Aws, settings: Settings, thumbprint: str | None = None) -> None:
    try:
        aws.run(
            "iam create-open-id-connect-provider",
            url=settings.issuer,
            client_id_list=AUDIENCE,
            thumbprint_list=thumbprint,
            tags=f"Key={MADE_BY},Value={settings.function_name}",
            query="OpenIDConnectProviderArn",
        )
    except AwsError as error:
        if "--thumbprint-list" not in error.answer:
            raise
        create_provider(aws, settings, NO_THUMBPRINT)


def trusted(document: Any, settings: Settings) -> tuple[str, str] | None:
    """Issuer and subject of a trust policy, where it is as the file: rendered again, it is the same."""
    try:
        [statement] = document["Statement"]
        name = statement["Principal"]["Federated"].partition(":oidc-provider/")[2] or GOOGLE
        subject = statement["Condition"]["StringEquals"][f"{name}:sub"]
        issuer = f"https://{name}"
        return (issuer, subject) if wanted_trust(issuer, subject, settings) == document else None
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def own_providers(aws: Aws, settings: Settings) -> list[str]:
    """The ARNs of the identity providers that the step made."""
    listed = aws.run("iam list-open-id-connect-providers", query="OpenIDConnectProviderList[].Arn")
    query = f"Tags[?Key=='{MADE_BY}'].Value"
    return [
        arn
        for arn in listed
        if settings.function_name
        in (aws.ask("iam get-open-id-connect-provider", open_id_connect_provider_arn=arn, query=query) or [])
    ]
