"""The three services while they run, whatever runs them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from running.ports import HOST, Ports
from running.program import Program

# Gets the name of a service and a line that it wrote.
OnLine = Callable[[str, str], None]


@dataclass(frozen=True)
class Services:
    ports: Ports
    programs: Sequence[Program]

    @property
    def edge_url(self) -> str:
        return f"http://{HOST}:{self.ports.edge_caller}"

    @property
    def function_url(self) -> str:
        return f"http://{HOST}:{self.ports.local_aws}"

    @property
    def inspector_url(self) -> str:
        return f"http://{HOST}:{self.ports.inspector}"

    def check(self) -> None:
        """Raises NotRunning when one of them has ended."""
        for program in self.programs:
            program.check()
