"""Whose account it is, and that the person at the terminal knows it: its last four digits are typed."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from infra.aws_cli import Aws, configured_region
from infra.errors import AwsError, StepError


@dataclass(frozen=True)
class Login:
    aws: Aws
    region: str
    account_id: str
    arn: str  # who runs the cases
    alias: str


def log_in() -> Login:
    """Asks two questions, and changes nothing. The account's number isn't shown: it would be copied, not known.

    Raises StepError for whom AWS lets assume no role, and for a partition without the names of aws.
    """
    region = configured_region()
    aws = Aws(region)
    account_id, arn = aws.run("sts get-caller-identity", secret=True, query="[Account, Arn]")
    partition = arn.split(":")[1]
    if partition != "aws":
        raise StepError(
            f"the account is in the partition {partition}: the cases name hosts and ARNs of the partition aws"
        )
    if arn.endswith(":root"):
        raise StepError("you are the account's root user, who can't assume a role: log in as a user or with a role")
    aliases = []
    with suppress(AwsError):  # the cases don't need the alias
        aliases = aws.run("iam list-account-aliases", query="AccountAliases")
    return Login(aws, region, account_id, arn, aliases[0] if aliases else "(none)")


def confirm(login: Login, lines: Iterable[str]) -> None:
    """No variable answers this question. Raises StepError for other digits."""
    print(f"\nAccount    {login.alias}\nRegion     {login.region}", *lines, sep="\n", flush=True)
    try:
        typed = input("The last four digits of the account's number, to go on: ").strip()
    except EOFError:
        typed = ""
    if typed != login.account_id[-4:]:
        raise StepError(
            "those aren't the last four digits of the account that the aws CLI is logged in to: "
            "nothing was changed. `aws sts get-caller-identity` shows the number"
        )
