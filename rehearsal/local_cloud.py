"""A local AWS for the rehearsal: ministack as a process, and the variables that point every command at it.

It listens on 127.0.0.1 alone, checks IAM permissions, and forgets everything when it stops. No account, profile or key
of the shell reaches the steps.
"""

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from running.ports import HOST, NotRunning, answers, free_port
from running.program import Program, inherited_variables, started

REGION, ACCOUNT_ID = "ap-northeast-1", "123456789012"
ISSUER, SUBJECT = "https://id.example/cluster", "system:serviceaccount:default:edge-caller"
ROOT_KEY = "test"  # ministack's own name for the account's owner; not a real key
START_SECONDS = 60
STOP_SECONDS = 20
TOOLS = Path(__file__).parent.parent / "infra" / ".venv" / "bin"
# The aws CLI of the steps. simulator.py says why one command goes elsewhere. Versions from 2.0 to 2.12 don't read
# AWS_ENDPOINT_URL.
AWS = """#!/bin/sh
[ "$2" = simulate-principal-policy ] || exec {aws} --endpoint-url "$AWS_ENDPOINT_URL" "$@"
shift 2
exec {python} -m rehearsal.simulator "$@"
"""
NOT_INHERITED = ("ECR_", "MINISTACK_", "DOCKER_CONFIG", "CALLER_NAME", "IMAGE")


class LocalCloud:
    """A local AWS on a free port, for a rehearsal whose files are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.address = f"{HOST}:{self._port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """It answers inside the block. At SIGTERM it removes the containers of its functions."""
        last_lines: deque[str] = deque(maxlen=30)
        program = Program(
            "ministack",
            [TOOLS / "ministack"],
            inherited_variables(*NOT_INHERITED) | self._own_variables(),
            folder=self._folder,
            on_line=last_lines.append,
            stop_seconds=STOP_SECONDS,
        )
        try:
            with started(program, lambda: answers(self._port, "/_ministack/health"), START_SECONDS):
                yield
        except NotRunning as error:
            sys.exit("\n".join([*last_lines, str(error)]))

    def _own_variables(self) -> dict[str, str]:
        return {
            "AUTH": "true",  # else every request is allowed
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "TMPDIR": str(self._folder),  # where it leaves the code of functions from a stack
        }

    def variables(self, dev_vars: Path, image: str) -> dict[str, str]:
        """Every difference between the rehearsal and AWS. The steps themselves are the same."""
        aws = self._folder / "aws"
        aws.write_text(AWS.format(aws=os.environ.get("AWS") or TOOLS / "aws", python=sys.executable))
        aws.chmod(0o755)
        return inherited_variables(*NOT_INHERITED) | {
            "AWS": str(aws),
            "AWS_ENDPOINT_URL": f"http://{self.address}",
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,  # the only one that version 1 of the aws CLI reads
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "DOCKER_CONFIG": str(self._folder / "docker"),  # keeps the rehearsal's log-in out of your own file
            "DEV_VARS": str(dev_vars),
            "IMAGE": image,
            "ISSUER": ISSUER,
            "SUBJECT": SUBJECT,
            "YES": "1",
            "WAIT_SECONDS": "15",
            # Its registry, since no DNS server knows <account>.dkr.ecr.<region>.amazonaws.com here.
            "ECR_REGISTRY": self.address,
        }
