"""The three services as containers, by docker/compose.yaml: the images built, started, watched and removed.

It offers what `stack.py` offers for processes, so that demo and local-dev run the same calls through either.
Source: Docker documentation, "docker compose up".
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from running.processes import HOST, Ports, Stack, StackError, answers, check_port
from scripts.images import IMAGE, ROOT
from scripts.tools import ENVIRONMENT, compose_program

START_SECONDS = 120
STOP_SECONDS = 30
# A line of `up`: the service's container, a bar, and what it wrote.
match_line = re.compile(r"(?:.*[-_])?(lambda_app|local_aws|edge_caller)[-_]1 +\| ?(.*)").fullmatch


class ComposeStack(Stack):
    """A Stack whose services are containers."""

    def __init__(self, ports: Ports, on_line: Callable[[str, str], None]) -> None:
        self._ports = ports
        self._on_line = on_line
        project = f"{IMAGE}_{ports.edge_caller}"  # two may run at once, on ports of their own
        self._command = [*compose_program(), "--project-name", project, "--file", "docker/compose.yaml"]
        chosen = {"LOCAL_AWS_PORT": str(ports.local_aws), "EDGE_CALLER_PORT": str(ports.edge_caller), "IMAGE": IMAGE}
        self._environment = ENVIRONMENT | chosen
        self._up: subprocess.Popen[str] | None = None
        self.edge_url = f"http://{HOST}:{ports.edge_caller}"
        self.function_url = f"http://{HOST}:{ports.local_aws}"

    def _start(self) -> None:
        build_images()
        check_port("local_aws", self._ports.local_aws)
        check_port("edge_caller", self._ports.edge_caller)
        try:
            self._up = self._popen("up", "--no-build", "--no-color")
        except OSError as error:
            raise StackError(f"{self._command[0]} can't be run: `make doctor` says how to get it") from error
        self._reader = threading.Thread(target=self._read, args=(self._up,), daemon=True)
        self._reader.start()
        deadline = time.monotonic() + START_SECONDS
        while not answers(self._ports.edge_caller, "/_edge/health"):  # it starts last
            self.check()
            if time.monotonic() > deadline:
                raise StackError(f"the containers didn't answer within {START_SECONDS} seconds: see their log above")
            time.sleep(0.1)

    def _popen(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*self._command, *arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C is for us: stop() ends it in order
        )

    def _read(self, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            matched = match_line(line.rstrip())
            self._on_line(*(matched.groups() if matched else ("compose", line.rstrip())))

    def check(self) -> None:
        """Raises StackError when the containers have ended."""
        if self._up and self._up.poll() is not None:
            raise StackError(f"the containers ended with status {self._up.returncode}: see their log above")

    def stop(self) -> None:
        """Stops and removes the containers and their network."""
        if self._up is None:
            return
        self._popen("down", "--timeout", "5", "--volumes").communicate()
        try:
            self._up.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._up.pid, signal.SIGKILL)
        self._reader.join(STOP_SECONDS)
        if self._up.stdout:
            self._up.stdout.close()


def build_images() -> None:
    command = [sys.executable, "-m", "scripts.images", "local", "local_aws", "edge_caller"]
    print("Building the images (minutes at first, seconds later) ...", flush=True)
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise StackError(f"the images can't be built:\n{(built.stdout + built.stderr).rstrip()}")
