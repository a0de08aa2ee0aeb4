"""`python -m infra STEP` runs one step of the AWS side; `python -m infra aws-up` runs seven of them in order.

A failure ends with exit code 1 and one message: the step, AWS's answer, and what to do.
Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import httpx

from infra import stack
from infra.access_key import make_key, rotate_key
from infra.aws_cli import Aws, configured_region
from infra.call import call
from infra.caller import make_policy, make_user
from infra.check import check
from infra.destroy import destroy
from infra.ecr import create_repository, log_docker_in, push
from infra.errors import StepError
from infra.function import make_function
from infra.function_url import make_url
from infra.names import check_names
from infra.role import make_caller_role
from infra.settings import ROOT, Settings
from running.tools import ToolError

Step = Callable[[Aws, Settings], None]

UP: dict[str, Step] = {
    "aws-function": make_function,
    "aws-url": make_url,
    "aws-policy": make_policy,
    "aws-user": make_user,
    "aws-key": make_key,
    "aws-check": check,
    "aws-call": call,
}
STACK_STEPS: dict[str, Step] = {"deploy": stack.deploy, "destroy": stack.destroy}
STEPS: dict[str, Step] = {
    "ecr-create": create_repository,
    "ecr-login": log_docker_in,
    "push": push,
    **UP,
    "aws-role": make_caller_role,
    "aws-rotate-key": rotate_key,
    "aws-destroy": destroy,
    **STACK_STEPS,
}


def main(words: list[str], transport: httpx.BaseTransport | None = None) -> int:
    """The exit code: 0, 1 after a failure, 2 for an unknown step. `transport` sends the calls to the Function URL."""
    if len(words) != 1 or words[0] not in [*STEPS, "aws-up"]:
        print(f"name one step: aws-up, {', '.join(STEPS)}", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    names = list(UP) if words[0] == "aws-up" else [words[0]]
    name = "the log-in"
    try:
        aws, settings = log_in(names[0], transport)
        for number, name in enumerate(names, 1):
            if len(names) > 1:
                print(f"\n[{number}/{len(names)}] {name}", flush=True)
            started = time.monotonic()
            STEPS[name](aws, settings)
            print(f"{name}: done, {time.monotonic() - started:.1f} s", flush=True)
    except (StepError, ToolError) as error:
        print(f"\n{name} stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{name} interrupted: run it again, it continues where it stopped", file=sys.stderr)
        return 130
    return 0


def log_in(step: str, transport: httpx.BaseTransport | None) -> tuple[Aws, Settings]:
    """The aws CLI, and the settings with its account. Variables and names are checked before the first command."""
    settings = Settings.from_variables(os.environ, configured_region())
    check_names(settings, stack=step in STACK_STEPS)
    aws = Aws(settings.region)
    account_id = str(aws.run("sts get-caller-identity", query="Account"))
    return aws, replace(settings, account_id=account_id, transport=transport)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
