"""`make aws-conformance`: runs the cases on the account that the aws CLI is logged in to.

It shows what it will do, has the account's last four digits typed, makes a stack, calls, and removes the stack.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from conformance.account import results
from conformance.account.explaining import explained
from conformance.account.log_in import confirm, log_in
from conformance.account.pace import Pace
from conformance.account.plan import plan_lines, planned
from conformance.account.round import Round
from conformance.account.stack import left_overs, new_name, remove
from conformance.account.target import Route, directly
from conformance.case import Case, read_cases
from infra.errors import StepError
from running.stopping import Stopped, stop_on_signals


@dataclass(frozen=True)
class Setting:
    """What rehearsal and tests change."""

    cases: Iterable[Case] = field(default_factory=lambda: read_cases().values())
    stack: str = field(default_factory=new_name)
    route: Route = directly
    pace: Pace = field(default_factory=Pace)
    file: Path = Path("conformance.json")


def main(words: list[str], setting: Setting | None = None) -> int:
    """The exit code. A case in which AWS differs is a result, not a failure."""
    parser = argparse.ArgumentParser(prog="python -m conformance.account")
    parser.add_argument("--dry-run", action="store_true", help="say what each case sends and expects, and call nothing")
    parser.add_argument("--clean", action="store_true", help="remove what earlier runs left behind")
    asked = parser.parse_args(words)
    try:
        setting = setting or Setting()
        cases = planned(setting.cases)
        if asked.dry_run:
            dry_run(cases)
            return 0
        stop_on_signals()
        if asked.clean:
            clean()
        else:
            run_cases(cases, setting)
    except StepError as error:
        print(f"\naws-conformance stopped: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of a dry run, such as head, has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0 if asked.dry_run else 1
    except Stopped:
        print("\naws-conformance: stopped before its end", file=sys.stderr)
        return 130
    return 0


def dry_run(cases: list[Case]) -> None:
    print(*plan_lines(cases), sep="\n")
    for case in cases:
        print("", *explained(case), sep="\n")


def run_cases(cases: list[Case], setting: Setting) -> None:
    login = log_in()
    confirm(login, plan_lines(cases))
    round_ = Round(login, setting.stack, setting.route, setting.pace)
    with round_.target(cases) as target:
        found = list(round_.results(cases, target))
        setting.file.write_text(results.text(found, datetime.now(UTC).date()), "utf-8")
        print("", *results.summary(found), sep="\n")
        print(f"{setting.file} holds the outcome of each case, and nothing of the account: see docs/en/conformance.md")


def clean() -> None:
    """Removes the stacks that a run left behind: it was killed, or AWS refused to delete them."""
    login = log_in()
    found = left_overs(login.aws)
    if not found:
        print(f"\nNothing is left to remove in {login.region}: AWS_REGION names the region of a run elsewhere.")
        return
    confirm(login, [f"Removes    {stack}, with all that is in it" for stack in found])
    for stack in found:
        remove(login.aws, stack)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
