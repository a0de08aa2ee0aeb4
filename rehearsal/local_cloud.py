"""A local AWS for the rehearsal: ministack as a process, and the variables that point every command at it.

It listens on 127.0.0.1 alone, checks IAM permissions, and forgets everything when it stops. No account, profile or key
of the shell reaches the steps.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HOST = "127.0.0.1"
REGION, ACCOUNT_ID = "ap-northeast-1", "123456789012"
ROOT_KEY = "test"  # ministack's own name for the account's owner; not a real key
START_SECONDS = 60
STOP_SECONDS = 20
TOOLS = Path(__file__).parent.parent / "infra" / ".venv" / "bin"
# The aws CLI of the steps. simulator.py says why one command goes elsewhere.
AWS = """#!/bin/sh
[ "$2" = simulate-principal-policy ] || exec {aws} "$@"
shift 2
exec {python} -m rehearsal.simulator "$@"
"""
NOT_INHERITED = ("AWS_", "ECR_", "FUNCTION_", "MINISTACK_", "DOCKER_CONFIG", "DEV_VARS", "CALLER_NAME", "IMAGE")


class LocalCloud:
    """A context manager: the local AWS runs while the block runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server((HOST, 0)) as free:
            self._port: int = free.getsockname()[1]
        self.address = f"{HOST}:{self._port}"

    def __enter__(self) -> "LocalCloud":
        self._log = (self._folder / "ministack.log").open("w")
        self._process = subprocess.Popen(
            [TOOLS / "ministack"],
            env=inherited_variables() | self._own_variables(),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                sys.exit(f"ministack doesn't answer:\n{(self._folder / 'ministack.log').read_text()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops it and all its processes. On SIGTERM it removes the functions' containers."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()

    def _own_variables(self) -> dict[str, str]:
        return {
            "AUTH": "true",  # else every request is allowed
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
        }

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=5)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def variables(self, dev_vars: Path, image: str) -> dict[str, str]:
        """Every difference between the rehearsal and AWS. The steps themselves are the same."""
        aws = self._folder / "aws"
        aws.write_text(AWS.format(aws=os.environ.get("AWS") or TOOLS / "aws", python=sys.executable))
        aws.chmod(0o755)
        return inherited_variables() | {
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
            "YES": "1",
            "WAIT_SECONDS": "15",
            # Its registry, since no DNS server knows <account>.dkr.ecr.<region>.amazonaws.com here.
            "ECR_REGISTRY": self.address,
        }


def inherited_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
