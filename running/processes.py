"""The three services as processes of their own: started, waited for, watched and stopped.

The edge caller gets the keys of the local caller and nothing else: no AWS_ variable of the shell, no `.dev.vars`.
Source: Python documentation, "subprocess" (start_new_session), "os" (killpg).
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from local_aws.iam.callers import Caller, read_callers
from policies.function import Function

HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 5
OURS = ("AWS_", "EDGE_", "FUNCTION_", "LOCAL_AWS_", "DEV_VARS")


class StackError(Exception):
    """The services can't start, or one of them ended. The message says which, and what to do."""


@dataclass(frozen=True)
class Ports:
    lambda_app: int = 8000
    local_aws: int = 9000
    edge_caller: int = 8787


def free_ports() -> Ports:
    """Three ports that nothing listens on now."""
    sockets = [socket.create_server((HOST, 0)) for _ in range(3)]
    numbers = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return Ports(*numbers)


def local_caller(name: str) -> Caller:
    return next(caller for caller in read_callers(Function()).values() if caller.name == name)


class Stack:
    """A context manager: all three answer when it is entered, and none is left when it is left.

    `on_line(service, line)` gets each line that a service writes, from a thread of that service's.
    """

    def __init__(self, ports: Ports, on_line: Callable[[str, str], None], *, reload: bool = False) -> None:
        self._ports = ports
        self._on_line = on_line
        self._reload = ["--reload"] if reload else []
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []
        self.edge_url = f"http://{HOST}:{ports.edge_caller}"
        self.function_url = f"http://{HOST}:{ports.local_aws}"

    def __enter__(self) -> "Stack":
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        ports = self._ports
        for name, port in vars(ports).items():
            check_port(name, port)
        lambda_app = ["uvicorn", "lambda_app.main:app", "--host", HOST, "--port", str(ports.lambda_app)]
        if self._reload:
            lambda_app += ["--reload", "--reload-dir", "lambda_app"]
        self._spawn("lambda_app", lambda_app, {})
        web_app = {"LOCAL_AWS_WEB_APP_URL": f"http://{HOST}:{ports.lambda_app}"}
        self._spawn("local_aws", ["local_aws", "--port", str(ports.local_aws), *self._reload], web_app)
        edge_caller = ["edge_caller", "--port", str(ports.edge_caller), *self._reload]
        self._spawn("edge_caller", edge_caller, self._edge_variables())
        self._wait_for("lambda_app", ports.lambda_app, "/healthz")
        self._wait_for("local_aws", ports.local_aws, None)
        self._wait_for("edge_caller", ports.edge_caller, "/_edge/health")

    def _edge_variables(self) -> dict[str, str]:
        caller = local_caller("edge-caller")
        return {
            "DEV_VARS": "",
            "FUNCTION_URL": self.function_url,
            "AWS_REGION": Function().region,
            "AWS_ACCESS_KEY_ID": caller.access_key_id,
            "AWS_SECRET_ACCESS_KEY": caller.secret_access_key,
        }

    def _spawn(self, name: str, module: list[str], variables: dict[str, str]) -> None:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", *module],
            env=inherited | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # a group of its own, which stop() ends with all that a reloader started
        )
        reader = threading.Thread(target=self._read, args=(name, process), daemon=True)
        reader.start()
        self._processes[name] = process
        self._readers.append(reader)

    def _read(self, name: str, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            self._on_line(name, line.rstrip("\n"))

    def _wait_for(self, name: str, port: int, path: str | None) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not answers(port, path):
            self.check()
            if time.monotonic() > deadline:
                raise StackError(
                    f"{name} didn't answer on port {port} within {START_SECONDS} seconds: see its log above"
                )
            time.sleep(0.05)

    def check(self) -> None:
        """Raises StackError when a service has ended."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise StackError(f"{name} ended with status {process.returncode}: see its log above")

    def stop(self) -> None:
        """Ends the services, their whole process groups, and waits for them. The rest of their log is still read."""
        for process in self._processes.values():
            signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            signal_group(process, signal.SIGKILL)
            process.wait()
        for reader in self._readers:
            reader.join(STOP_SECONDS)
        for process in self._processes.values():
            if process.stdout:
                process.stdout.close()
        self._processes.clear()


def signal_group(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # all of it has ended
        os.killpg(process.pid, number)


def check_port(name: str, port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        variable = name.upper() + "_PORT"
        raise StackError(
            f"port {port}, which {name} needs, can't be used ({os.strerror(error.errno or 0)}): "
            f"stop what listens there, or choose another with {variable}=<port>"
        ) from error


def answers(port: int, path: str | None) -> bool:
    """Whether something listens there and, with a path, answers a GET of it with 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.connect()
        if path is None:
            return True
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
