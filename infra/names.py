"""Checks the names of everything at AWS before the first command, so that AWS refuses none halfway.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import re

from infra.errors import StepError
from infra.settings import Settings

IAM_CHARACTERS = r"[\w+=,.@-]"
IN_WORDS = "letters, digits and _ + = , . @ -"


def check_names(settings: Settings, *, stack: bool) -> None:
    """Raises StepError for a name that AWS would refuse (as of 2026-11); with `stack` also for the stack's name."""
    name = settings.function_name
    rules = [
        ("function", name, r"[\w-]{1,64}", "up to 64 letters, digits, - and _", "FUNCTION_NAME"),
        ("role", settings.role_name, IAM_CHARACTERS + "{1,64}", f"up to 64 {IN_WORDS}", "FUNCTION_NAME"),
        ("policy", settings.policy_name, IAM_CHARACTERS + "{1,128}", f"up to 128 {IN_WORDS}", "FUNCTION_NAME"),
        ("user", settings.caller_name, IAM_CHARACTERS + "{1,64}", f"up to 64 {IN_WORDS}", "CALLER_NAME"),
        (
            "repository",
            settings.repository,
            r"(?=.{2,256}$)[a-z0-9]+([._/-][a-z0-9]+)*",
            "2 to 256 lower-case letters and digits, with single . _ - / between them",
            "ECR_REPOSITORY",
        ),
    ]
    if settings.issuer:
        in_words = f"up to 64 {IN_WORDS}"
        role = ("caller's role", settings.caller_role_name, IAM_CHARACTERS + "{1,64}", in_words, "CALLER_NAME")
        rules.append(role)
    if stack:
        in_words = "up to 128 letters, digits and -, a letter first"
        rules.append(("stack", name, r"[A-Za-z][A-Za-z0-9-]{0,127}", in_words, "FUNCTION_NAME"))
    for thing, chosen, pattern, accepted, variable in rules:
        if not re.fullmatch(pattern, chosen, re.ASCII):
            raise StepError(f"the {thing} would be named {chosen!r}: AWS accepts {accepted}. Choose another {variable}")
