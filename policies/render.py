"""Fills in a policy document's tokens: REGION, ACCOUNT_ID and FUNCTION_NAME."""

import re
from pathlib import Path

from policies.function import Function

POLICIES = Path(__file__).parent


def render_policy(text: str, function: Function) -> str:
    """The policy with REGION, ACCOUNT_ID and FUNCTION_NAME replaced: the document to attach to a user."""
    values = {"REGION": function.region, "ACCOUNT_ID": function.account_id, "FUNCTION_NAME": function.name}
    return re.sub(r"\b(REGION|ACCOUNT_ID|FUNCTION_NAME)\b", lambda token: values[token[0]], text)
