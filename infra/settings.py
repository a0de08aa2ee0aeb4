"""The names of everything at AWS, and the other settings: from variables, else derived from the function's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx

from infra.errors import StepError
from policies.function import Function
from policies.render import provider_name
from running.images import PLATFORMS

ROOT = Path(__file__).parent.parent
# The invoke modes of a Function URL, each with the adapter's name for it.
INVOKE_MODES = {"BUFFERED": "buffered", "RESPONSE_STREAM": "response_stream"}


@dataclass(frozen=True)
class Settings:
    """One function and its caller. The properties name what the steps make."""

    function_name: str
    region: str
    account_id: str = ""  # of the aws CLI's log-in
    ecr_registry: str = ""  # empty: the account's
    repository: str = "sample/fast-api-sample"
    image_tag: str = "latest"
    architecture: str = "x86_64"  # used if the image isn't on this machine
    memory_mb: int = 512
    timeout_seconds: int = 30
    invoke_mode: str = "BUFFERED"
    reserved_concurrency: str = ""  # empty: the account's limit
    caller_name: str = "fastapi-sample-edge-caller"
    issuer: str = ""  # the identity provider of the caller's role, and whose tokens it trusts
    subject: str = ""
    dev_vars: Path = Path(".dev.vars")
    wait_seconds: int = 60
    assume_yes: bool = False
    delete_repository: bool = False
    transport: httpx.BaseTransport | None = None  # for calls to the Function URL; None: httpx's own

    @classmethod
    def from_variables(cls, variables: Mapping[str, str], region: str) -> Self:
        """Raises StepError for a malformed variable."""
        given = {name: value for name, value in variables.items() if value}
        name = given.get("FUNCTION_NAME", "fastapi-sample")
        return cls(
            function_name=name,
            region=region,
            ecr_registry=given.get("ECR_REGISTRY", ""),
            repository=given.get("ECR_REPOSITORY", cls.repository),
            image_tag=given.get("IMAGE_TAG", cls.image_tag),
            architecture=one_of("ARCHITECTURE", given.get("ARCHITECTURE", cls.architecture), tuple(PLATFORMS)),
            memory_mb=number("MEMORY_MB", given, cls.memory_mb),
            timeout_seconds=number("TIMEOUT_SECONDS", given, cls.timeout_seconds),
            invoke_mode=one_of("INVOKE_MODE", given.get("INVOKE_MODE", cls.invoke_mode), tuple(INVOKE_MODES)),
            reserved_concurrency=given.get("RESERVED_CONCURRENCY", ""),
            caller_name=given.get("CALLER_NAME", f"{name}-edge-caller"),
            issuer=given.get("ISSUER", ""),
            subject=given.get("SUBJECT", ""),
            dev_vars=Path(given.get("DEV_VARS", ".dev.vars")),
            wait_seconds=number("WAIT_SECONDS", given, cls.wait_seconds),
            assume_yes=given.get("YES") == "1",
            delete_repository=given.get("DELETE_REPOSITORY") == "1",
        )

    @property
    def function(self) -> Function:
        return Function(name=self.function_name, account_id=self.account_id, region=self.region)

    @property
    def registry(self) -> str:
        return self.ecr_registry or f"{self.account_id}.dkr.ecr.{self.region}.amazonaws.com"

    @property
    def role_name(self) -> str:
        return f"{self.function_name}-role"

    @property
    def policy_name(self) -> str:
        return f"{self.function_name}-call-url"

    @property
    def policy_arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:policy/{self.policy_name}"

    @property
    def caller_arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:user/{self.caller_name}"

    @property
    def caller_role_name(self) -> str:
        return f"{self.caller_name}-role"

    @property
    def caller_role_arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:role/{self.caller_role_name}"

    @property
    def provider_arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:oidc-provider/{provider_name(self.issuer)}"

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.function_name}"


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
