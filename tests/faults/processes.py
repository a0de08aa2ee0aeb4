"""The three as processes of their own, which a test may stop, kill and start again on the same port.

A `make local-dev` has running/processes.py, which sees to it that all three run: here they are to fail one by one.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from running.processes import HOST, OURS, free_ports, local_caller

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 30


class Service:
    """A module that runs as a process and listens on a port. It is looked for in `folder`."""

    def __init__(self, *module: str, port: int, folder: Path = ROOT, **variables: str) -> None:
        self.port = port
        self._folder = folder
        self._command = [sys.executable, "-u", "-m", *module, "--port", str(port)]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self._environment = inherited | variables
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self._command, cwd=self._folder, env=self._environment, **output)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self.port)) == 0:
                    return self.process
            time.sleep(0.02)
        self.stop(signal.SIGKILL)
        raise AssertionError(f"{self._command} doesn't listen")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


class Three:
    """A context manager: lambda_app, local_aws and edge_caller on free ports. `edge` may get variables of its own.

    `caller` is whose keys the edge caller has, `edge_module` what runs it, `aws_folder` where local_aws is.
    """

    def __init__(
        self,
        local_aws: dict[str, str] | None = None,
        *,
        caller: str = "edge-caller",
        edge_module: str = "edge_caller",
        aws_folder: Path = ROOT,
        **edge: str,
    ) -> None:
        ports = free_ports()
        key = local_caller(caller)
        self._services: list[Service] = []
        self.function = self._started("uvicorn", "lambda_app.main:app", port=ports.lambda_app)
        web_app = {"LOCAL_AWS_WEB_APP_URL": f"http://{HOST}:{ports.lambda_app}"}
        self.url = self._started("local_aws", port=ports.local_aws, folder=aws_folder, **web_app, **(local_aws or {}))
        variables = {
            "DEV_VARS": "",
            "FUNCTION_URL": f"http://{HOST}:{ports.local_aws}",
            "AWS_REGION": "ap-northeast-1",
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
            "AWS_SESSION_TOKEN": key.session_token or "",
        }
        self.edge = self._started(edge_module, port=ports.edge_caller, **(variables | edge))

    def _started(self, *module: str, port: int, folder: Path = ROOT, **variables: str) -> Service:
        try:
            self._services.append(Service(*module, port=port, folder=folder, **variables))
        except BaseException:
            self.stop()
            raise
        return self._services[-1]

    def stop(self) -> None:
        for service in self._services:
            if service.process.poll() is None:
                service.stop(signal.SIGKILL)

    def __enter__(self) -> "Three":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
