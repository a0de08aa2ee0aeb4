"""`python -m infra STEP`: runs one step of the AWS side, or all of them in order with `aws-up`.

A failure ends it with exit code 1 and says which step, what AWS answered, and what to do; never with a traceback.
Source: AWS Lambda Developer Guide, "Creating and managing Lambda function URLs".
"""

import os
import sys
import time
from collections.abc import Callable

from infra import stack
from infra.access_key import make_key, rotate_key
from infra.aws_cli import Aws, configured_region
from infra.call import call
from infra.caller import make_policy, make_user
from infra.check import check
from infra.destroy import destroy
from infra.errors import StepError
from infra.function import make_function, make_url
from infra.settings import ROOT, Settings, settings_for

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
STEPS: dict[str, Step] = UP | {
    "aws-rotate-key": rotate_key,
    "aws-destroy": destroy,
    "deploy": stack.deploy,
    "destroy": stack.destroy,
}


def main(words: list[str]) -> int:
    """The exit code: 0 when all went well, 1 after a failure, 2 for an unknown step."""
    if len(words) != 1 or words[0] not in [*STEPS, "aws-up"]:
        print(f"name one step: aws-up, {', '.join(STEPS)}", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    names = list(UP) if words[0] == "aws-up" else [words[0]]
    name = "the log-in"
    try:
        region = configured_region()
        aws = Aws(region)
        settings = settings_for(aws, region)
        for number, name in enumerate(names, 1):
            if len(names) > 1:
                print(f"\n[{number}/{len(names)}] {name}", flush=True)
            started = time.monotonic()
            STEPS[name](aws, settings)
            print(f"{name}: done, {time.monotonic() - started:.1f} s", flush=True)
    except StepError as error:
        print(f"\n{name} stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{name} interrupted: run it again, it goes on where it stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
