"""The three services as containers, by docker/compose.yaml: images built, containers started and removed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from running.images import IMAGE
from running.ports import NotRunning, Ports, answers, check_port
from running.program import ROOT, Program, started
from running.services import OnLine, Services
from running.stopping import signals_held
from running.tools import ENVIRONMENT, compose_program

START_SECONDS = 120
STOP_SECONDS = 30
PUBLISHED = ("local_aws", "edge_caller", "inspector")
# A line of `docker compose up`: the service's container, a bar, and what it wrote.
match_line = re.compile(r"(?:.*[-_])?(lambda_app|local_aws|edge_caller)[-_]1 +\| ?(.*)").fullmatch


@contextmanager
def containers(ports: Ports, on_line: OnLine, *, invoke_mode: str = "BUFFERED") -> Iterator[Services]:
    """All three answer inside the block; their containers and network are removed after it."""
    build_images()
    for name in PUBLISHED:
        check_port(name, getattr(ports, name))

    def read(line: str) -> None:
        matched = match_line(line)
        on_line(*(matched.groups() if matched else ("compose", line)))

    project = f"{IMAGE}_{ports.edge_caller}"  # two may run at once, on ports of their own
    compose = [*compose_program(), "--project-name", project, "--file", "docker/compose.yaml"]
    chosen = {f"{name.upper()}_PORT": str(getattr(ports, name)) for name in PUBLISHED} | {"IMAGE": IMAGE}
    chosen["INVOKE_MODE"] = invoke_mode
    variables = ENVIRONMENT | chosen
    up = Program(
        "the containers",
        [*compose, "up", "--no-build", "--no-color", "--timeout", "5"],
        variables,
        folder=ROOT,
        on_line=read,
        stop_seconds=STOP_SECONDS,
    )
    try:
        with started(up, lambda: answers(ports.edge_caller, "/_edge/health"), START_SECONDS):  # it starts last
            yield Services(ports, [up])
    finally:
        with signals_held():  # once `up` has ended: before, it may still be creating a container
            down = [*compose, "down", "--timeout", "5", "--volumes"]
            subprocess.run(down, cwd=ROOT, env=variables, capture_output=True, start_new_session=True, check=False)


def build_images() -> None:
    command = [sys.executable, "-m", "running.images", "local", "local_aws", "edge_caller"]
    print("Building the images (minutes at first, seconds later) ...", flush=True)
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise NotRunning(f"the images can't be built:\n{(built.stdout + built.stderr).rstrip()}")
