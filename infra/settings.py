"""Settings: how everything is called at AWS, from variables, with defaults that follow the function's name.

It makes nothing. The account is the one that the aws CLI is logged in to.
Source: AWS IAM User Guide, "IAM identifiers".
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.aws_cli import Aws
from infra.errors import StepError
from policies.function import Function

ROOT = Path(__file__).parent.parent
ARCHITECTURES = ("x86_64", "arm64")


@dataclass(frozen=True)
class Settings:
    """One function and its caller. The properties are the names of what the steps make."""

    function: Function
    registry: str
    repository: str = "sample/fast-api-sample"
    image_tag: str = "latest"
    architecture: str = "x86_64"  # where the image itself doesn't tell
    memory_mb: int = 512
    timeout_seconds: int = 30
    reserved_concurrency: str = ""  # empty: the account's limit
    caller_name: str = "fastapi-sample-edge-caller"
    dev_vars: Path = Path(".dev.vars")
    wait_seconds: int = 60
    assume_yes: bool = False
    delete_repository: bool = False
    # For a rehearsal only: where the Function URL's requests really go, and who evaluates policies.
    function_url_via: str = ""
    policy_simulator: str = "aws"

    @property
    def role_name(self) -> str:
        return f"{self.function.name}-role"

    @property
    def policy_name(self) -> str:
        return f"{self.function.name}-call-url"

    @property
    def policy_arn(self) -> str:
        return f"arn:aws:iam::{self.function.account_id}:policy/{self.policy_name}"

    @property
    def caller_arn(self) -> str:
        return f"arn:aws:iam::{self.function.account_id}:user/{self.caller_name}"

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.function.name}"


def settings_for(aws: Aws, region: str, variables: Mapping[str, str] = os.environ) -> Settings:
    """The settings for the account that `aws` is logged in to. Raises StepError for a malformed variable."""
    account = str(aws.run("sts", "get-caller-identity", "--query", "Account"))
    given = {name: value for name, value in variables.items() if value}
    name = given.get("FUNCTION_NAME", "fastapi-sample")
    return Settings(
        function=Function(name=name, account_id=account, region=region),
        registry=given.get("ECR_REGISTRY", f"{account}.dkr.ecr.{region}.amazonaws.com"),
        repository=given.get("ECR_REPOSITORY", Settings.repository),
        image_tag=given.get("IMAGE_TAG", Settings.image_tag),
        architecture=one_of("ARCHITECTURE", given.get("ARCHITECTURE", Settings.architecture), ARCHITECTURES),
        memory_mb=number("MEMORY_MB", given, Settings.memory_mb),
        timeout_seconds=number("TIMEOUT_SECONDS", given, Settings.timeout_seconds),
        reserved_concurrency=given.get("RESERVED_CONCURRENCY", ""),
        caller_name=given.get("CALLER_NAME", f"{name}-edge-caller"),
        dev_vars=Path(given.get("DEV_VARS", ".dev.vars")),
        wait_seconds=number("WAIT_SECONDS", given, Settings.wait_seconds),
        assume_yes=given.get("YES") == "1",
        delete_repository=given.get("DELETE_REPOSITORY") == "1",
        function_url_via=given.get("FUNCTION_URL_VIA", ""),
        policy_simulator=one_of("POLICY_SIMULATOR", given.get("POLICY_SIMULATOR", "aws"), ("aws", "local_aws")),
    )


def one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise StepError(f"{name} is {value!r}: write {' or '.join(known)}")
    return value


def number(name: str, given: Mapping[str, str], default: int) -> int:
    value = given.get(name, str(default))
    if not value.isdecimal() or int(value) < 1:
        raise StepError(f"{name} is {value!r}: write a whole number, 1 or more")
    return int(value)


def confirmed(question: str, settings: Settings) -> bool:
    """Whether the person at the terminal agrees; YES=1 agrees beforehand."""
    if settings.assume_yes:
        return True
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
