"""The stack of a run: made from template.yaml, removed whatever happens, and found again by its tag.

It holds no access key, whose secret it would show: callers.py makes the key, and `remove` deletes it before the stack.
"""

import json
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infra.aws_cli import Aws
from infra.errors import AwsError, StepError
from infra.stack import delete_stack, make_stack
from policies.function import Function

PREFIX = "conformance-"
TAG = "conformance"  # its value is the stack's name
TEMPLATE = Path(__file__).parent / "template.yaml"
CODE = Path(__file__).parent.parent / "function"


def new_name() -> str:
    return PREFIX + secrets.token_hex(4)


def caller_name(stack: str) -> str:
    """The name of the caller's role, and of the user."""
    return f"{stack}-caller"


def template() -> str:
    """template.yaml with the functions' code. JSON text is valid YAML."""
    text = TEMPLATE.read_text("utf-8")
    for path in CODE.glob("index.*"):
        text = text.replace(f"<{path.name}>", json.dumps(path.read_text("utf-8")))
    return text


def make(aws: Aws, stack: str, principal: str) -> dict[str, str]:
    """The URL of each function. `principal` is the ARN of who can assume the caller's role."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "template.yaml")
        file.write_text(template(), "utf-8")
        return dict(make_stack(aws, stack, str(file), {"Principal": principal}, tag=f"{TAG}={stack}"))


def functions(stack: str, urls: Mapping[str, str], account_id: str, region: str) -> dict[str, Function]:
    """The stack's functions, and one that doesn't exist: the ID of its URL is made up."""
    ids = {name: url.partition("://")[2].partition(".")[0] for name, url in urls.items()}
    ids["unknown"] = secrets.token_hex(16)
    return {name: Function(f"{stack}-{name}", account_id, region, url_id) for name, url_id in ids.items()}


def remove(aws: Aws, stack: str) -> None:
    """Deletes the user's keys, then the stack. Raises StepError for what AWS doesn't delete, after trying all of it."""
    failed: list[str] = []
    for delete in (delete_keys, delete_stack):
        try:
            delete(aws, stack)
        except AwsError as error:
            failed.append(error.answer)
    if failed:
        message = "; ".join(failed)
        raise StepError(f"the stack {stack} isn't removed: {message}\nWhat to do: make aws-conformance CLEAN=1")


def delete_keys(aws: Aws, stack: str) -> None:
    user = caller_name(stack)
    for key in aws.ask("iam list-access-keys", user_name=user, query="AccessKeyMetadata[].AccessKeyId") or []:
        aws.ask("iam delete-access-key", user_name=user, access_key_id=key)


def left_overs(aws: Aws) -> list[str]:
    """The stacks of earlier runs: those whose tag is their own name."""
    query = f"Stacks[].[StackName, Tags[?Key=='{TAG}'].Value | [0]]"
    found = aws.run("cloudformation describe-stacks", query=query)
    return [name for name, tag in found if name == tag and name.startswith(PREFIX)]
