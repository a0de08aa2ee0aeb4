"""The three services as processes that a test may stop, kill and start again on the same port."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from running.ports import HOST, Ports, answers, free_ports
from running.processes import PYTHON, edge_variables, web_app_variables
from running.program import ROOT, Program, inherited_variables, started

__all__ = ["HOST", "ROOT", "Service", "Three"]


class Service(Program):
    """A module that listens on a port. It is looked for in `folder`."""

    def __init__(
        self, module: str, port: int, variables: dict[str, str], folder: Path = ROOT, options: Sequence[str] = ()
    ) -> None:
        command = [*PYTHON, module, "--port", str(port), *options]
        super().__init__(module, command, inherited_variables() | variables, folder=folder)
        self.port = port

    def start(self) -> None:
        super().start()
        self.wait_until(lambda: answers(self.port))


class Three:
    """A context manager: lambda_app, local_aws and edge_caller on free ports. `edge` may get variables of its own.

    `caller` is the caller whose keys the edge caller has, `edge_module` runs it, `aws_folder` is where local_aws is.
    `ports` are those to use, the inspector's too: without it there is no STS.
    """

    def __init__(
        self,
        local_aws: dict[str, str] | None = None,
        *,
        caller: str = "edge-caller",
        edge_module: str = "edge_caller",
        aws_folder: Path = ROOT,
        ports: Ports | None = None,
        **edge: str,
    ) -> None:
        inspector = ["--inspector-port", str(ports.inspector)] if ports else []
        ports = ports or free_ports()
        self.function = Service("lambda_app", ports.lambda_app, {})
        self.url = Service(
            "local_aws", ports.local_aws, web_app_variables(ports) | (local_aws or {}), aws_folder, inspector
        )
        self.edge = Service(edge_module, ports.edge_caller, edge_variables(ports, caller) | edge)

    def __enter__(self) -> "Three":
        with ExitStack() as stack:
            for service in (self.function, self.url, self.edge):
                stack.enter_context(started(service))
            self._started = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._started.close()
