"""What Docker is asked during the benchmark: to build an image, to run it, and what it then weighs and takes."""

import contextlib
import http.client
import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from running.images import BASES
from running.tools import DOCKER, ENVIRONMENT, output

PYTHON_IMAGE = os.environ.get("PYTHON_IMAGE") or "public.ecr.aws/docker/library/python:3.13-slim"
EMULATOR_IMAGE = os.environ.get("EMULATOR_IMAGE") or "public.ecr.aws/lambda/provided:al2023"
EMULATOR = "/usr/local/bin/aws-lambda-rie"
HALF_A_CPU = ("--cpus", "0.5")
PUBLISHED = ("--publish", "127.0.0.1::8000")


def build(directory: Path, image: str, *options: str) -> None:
    bases = [f"--build-arg={name}={os.environ[name]}" for name in BASES if os.environ.get(name)]
    command = [DOCKER, "build", "--quiet", "--tag", image, *bases, *options, "."]
    subprocess.run(command, cwd=directory, env=ENVIRONMENT, check=True, capture_output=True)


@contextlib.contextmanager
def container(image: str, command: Sequence[str], *options: str) -> Iterator[str]:
    created = output(DOCKER, "create", *options, image, *command)
    try:
        yield created
    finally:
        output(DOCKER, "rm", "--force", "--volumes", created)


def port_of(running: str) -> int:
    return int(output(DOCKER, "port", running).splitlines()[0].rpartition(":")[2])


def start_of(image: str, *options: str) -> float:
    with container(image, (), *PUBLISHED, *options) as running:
        return start(running)


def start(running: str) -> float:
    output(DOCKER, "start", running)
    port = port_of(running)
    while not answers(port):
        time.sleep(0.005)
    now = time.time()
    started_at = output(DOCKER, "inspect", "--format", "{{.State.StartedAt}}", running)
    return now - datetime.fromisoformat(started_at).timestamp()


def answers(port: int) -> bool:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def memory_and_stop(image: str) -> tuple[float, float]:
    """The peak memory of all processes in megabytes, and the seconds that `docker stop` takes."""
    with container(image, (), *PUBLISHED) as running:
        start(running)
        peaks = output(DOCKER, "exec", running, "sh", "-c", "cat /proc/[0-9]*/status | grep VmHWM")
        kilobytes = sum(int(peak) for peak in re.findall(r"(\d+) kB", peaks))
        started = time.monotonic()
        output(DOCKER, "stop", running)
        return kilobytes / 1000, time.monotonic() - started


def seconds_of_init(image: str, command: Sequence[str]) -> float:
    """The time that the emulator logs for its start of the adapter and the app, which the first event causes."""
    with container(image, command, "--publish", "127.0.0.1::8080", *HALF_A_CPU) as running:
        output(DOCKER, "start", running)
        port = port_of(running)
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
                connection.request("POST", "/2015-03-31/functions/function/invocations", b"{}")
                connection.getresponse().read()
                break
            time.sleep(0.05)
        log = subprocess.run([DOCKER, "logs", running], capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"INIT REPORT\(durationMs: ([\d.]+)", log)[0]) / 1000


def megabytes_over_base(image: str) -> float:
    size, base = (int(output(DOCKER, "inspect", "--format", "{{.Size}}", name)) for name in (image, PYTHON_IMAGE))
    return (size - base) / 1e6


def emulated(directory: Path, image: str) -> str:
    """The image with the emulator as its entry point."""
    lines = [
        f"FROM {EMULATOR_IMAGE} AS rie",
        f"FROM {image}",
        f"COPY --from=rie {EMULATOR} {EMULATOR}",
        f'ENTRYPOINT ["{EMULATOR}"]',
    ]
    (directory / "emulated.Dockerfile").write_text("\n".join(lines) + "\n", "utf-8")
    build(directory, f"{image}:emulated", "--file", "emulated.Dockerfile")
    return f"{image}:emulated"
