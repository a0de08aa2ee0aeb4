"""The ways that a stream takes: from the app alone, through edge caller and stand-in, and through the adapter too.

Each way has services of its own, and all run at once.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks.image.containers import container
from benchmarks.streaming.report import ADAPTER, APP, CONTAINED, LATE, WHOLE
from running.images import ROOT, tag_of
from running.ports import HOST, Ports, answers, free_ports
from running.processes import programs
from running.program import Program, inherited_variables, started
from running.tools import DOCKER, output

SECONDS = "300"
PUBLISHED = ("8000", "8080")  # of the app, and of the Invoke API
LIMITS = {"LOCAL_AWS_RESERVED_CONCURRENCY": "100", "LOCAL_AWS_TIMEOUT_SECONDS": SECONDS}
# The Runtime API with uvicorn's own protocol: the kernel then delays an acknowledgement by up to 40 ms.
DELAYED_ACKS = """
import asyncio, sys, local_aws.runtime_api.__main__ as entry
from uvicorn.protocols.http.h11_impl import H11Protocol
entry.Acknowledging = H11Protocol
asyncio.run(entry.main(sys.argv[1:]))
"""
FUNCTION = ("python", "-m", "lambda_app", "--host", "0.0.0.0")  # noqa: S104 - in a container


@dataclass(frozen=True)
class Running:
    """The port of each way, and the process IDs of the services that are processes."""

    ports: dict[str, int] = field(default_factory=dict)
    pids: dict[str, int] = field(default_factory=dict)


@contextmanager
def in_processes() -> Iterator[Running]:
    ports = free_ports()
    command = [sys.executable, "-m", "benchmarks.streaming.app", str(ports.lambda_app)]
    app = Program("app", command, inherited_variables(), folder=ROOT)
    with started(app, lambda: answers(ports.lambda_app, "/healthz")), in_front(ports) as pids:
        yield Running({APP: ports.lambda_app, WHOLE: ports.edge_caller}, {app.name: app.process.pid, **pids})


@contextmanager
def in_containers() -> Iterator[Running]:
    """The adapter and the app are in containers, the services in front of them are processes."""
    with ExitStack() as stack:
        found = Running()
        for way, entry in ((ADAPTER, ()), (LATE, ("--entrypoint", "python"))):
            late = ("-c", DELAYED_ACKS, *FUNCTION) if entry else ()
            app_port, invoke_port = stack.enter_context(function_container(late, entry))
            ports = free_ports()
            stack.enter_context(in_front(ports, LOCAL_AWS_EMULATOR_URL=f"http://{HOST}:{invoke_port}"))
            found.ports.setdefault(CONTAINED, app_port)
            found.ports[way] = ports.edge_caller
        yield found


@contextmanager
def in_front(ports: Ports, **variables: str) -> Iterator[dict[str, int]]:
    """The process IDs of stand-in and edge caller, once the app answers through both."""
    _, local_aws, edge_caller = programs(ports, lambda name, line: None, False, "RESPONSE_STREAM", None)
    local_aws.variables = {**local_aws.variables, **LIMITS, **variables}
    with (
        started(local_aws, lambda: answers(ports.local_aws)),
        started(
            edge_caller, lambda: answers(ports.edge_caller, "/healthz")
        ),  # the app's: it starts with the first event
    ):
        yield {"stand-in": local_aws.process.pid, "edge caller": edge_caller.process.pid}


@contextmanager
def function_container(command: tuple[str, ...], entry: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The ports of the app and of the Invoke API, in the image whose tag is `local`."""
    published = [word for port in PUBLISHED for word in ("--publish", f"{HOST}::{port}")]
    mode = ["--env", "AWS_LWA_INVOKE_MODE=response_stream", "--env", f"AWS_LAMBDA_FUNCTION_TIMEOUT={SECONDS}"]
    with container(tag_of("local"), command, *published, *mode, *entry) as created:
        output(DOCKER, "start", created)
        app_port, invoke_port = (int(output(DOCKER, "port", created, port).rpartition(":")[2]) for port in PUBLISHED)
        yield app_port, invoke_port
