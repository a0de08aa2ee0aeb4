"""Fills in a policy document's tokens: REGION, ACCOUNT_ID and FUNCTION_NAME; ISSUER and SUBJECT in a trust policy."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from policies.function import Function

POLICIES = Path(__file__).parent
GOOGLE = "accounts.google.com"


def render_policy(text: str, function: Function) -> str:
    """The policy with REGION, ACCOUNT_ID and FUNCTION_NAME replaced: the document to attach to a user or a role."""
    return filled(text, {"REGION": function.region, "ACCOUNT_ID": function.account_id, "FUNCTION_NAME": function.name})


def render_trust_policy(text: str, account_id: str, issuer: str, subject: str) -> str:
    """The trust policy for one subject of one issuer, whose URL comes without a slash at its end.

    IAM has Google built in: it needs no identity provider, and calls the token's `aud` `:oaud`, since `:aud` is `azp`.
    Source: AWS IAM User Guide, "Available keys for AWS OIDC federation".
    """
    name = provider_name(issuer)
    if name == GOOGLE:
        text = text.replace("arn:aws:iam::ACCOUNT_ID:oidc-provider/ISSUER", GOOGLE).replace("ISSUER:aud", "ISSUER:oaud")
    return filled(text, {"ACCOUNT_ID": account_id, "ISSUER": name, "SUBJECT": subject})


def provider_name(issuer: str) -> str:
    """The issuer as IAM writes it in ARNs and condition keys: without its scheme."""
    return issuer.partition("://")[2]


def filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(rf"\b({'|'.join(values)})\b", lambda token: json.dumps(values[token[0]])[1:-1], text)
