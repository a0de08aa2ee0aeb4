"""Containers for the tests: started on a free loopback port, and removed whatever happens."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from running.images import ROOT
from running.tools import DOCKER, ENVIRONMENT, output

IMAGE = "fastapi_sample_test"
START_SECONDS = 60


@dataclass(frozen=True)
class Container:
    id: str

    def port(self, inside: int) -> int:
        return int(output(DOCKER, "port", self.id, str(inside)).splitlines()[0].rpartition(":")[2])

    def logs(self) -> str:
        finished = subprocess.run(
            [DOCKER, "logs", self.id], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        )
        return finished.stdout

    def state(self, field: str) -> str:
        return output(DOCKER, "inspect", "--format", "{{.State." + field + "}}", self.id)


@contextlib.contextmanager
def container(image: str, *command: str, options: tuple[str, ...] = ()) -> Iterator[Container]:
    started = Container(output(DOCKER, "run", "--detach", *options, image, *command))
    try:
        yield started
    finally:
        output(DOCKER, "rm", "--force", "--volumes", started.id)


@contextlib.contextmanager
def emulator(*command: str, options: tuple[str, ...] = (), image: str = f"{IMAGE}:local") -> Iterator[str]:
    """The URL of the emulator in a container, with Lambda's conditions; `command` is run in the app's place."""
    lambda_like = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--user", "993:990")  # noqa: S108
    with container(image, *command, options=(*lambda_like, "--publish", "127.0.0.1::8080", *options)) as started:
        port = started.port(8080)
        wait_for(port)
        yield f"http://127.0.0.1:{port}"


def wait_for(port: int) -> None:
    """Until what listens in the container answers: the published port itself is open before."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if connection.recv(1):
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answered on port {port} within {START_SECONDS} seconds")


def build() -> None:
    """Builds the images as `make build` does."""
    subprocess.run([sys.executable, "-m", "running.images"], check=True, cwd=ROOT, env=ENVIRONMENT | {"IMAGE": IMAGE})
