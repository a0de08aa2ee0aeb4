"""The edge caller alone, as the process that it is, before an upstream of the test's: its memory, files and threads."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from running.ports import free_port
from running.program import started
from tests.edge_caller.wire import HOST, Handler, upstream
from tests.faults.processes import ROOT, Service

# Another checkout, whose edge caller is to be compared with this one's.
FOLDER = Path(os.environ.get("EDGE_CALLER_FOLDER", ROOT))
KEY = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE000000001",
    "AWS_SECRET_ACCESS_KEY": "not-a-real-one",
}


class Edge(Service):
    """`python -m edge_caller` on a free port."""

    def on_lines(self, on_line: Callable[[str], object]) -> None:
        """From now on each line of the log goes there; while it doesn't return, nobody reads the log."""
        self.on_line = on_line  # type: ignore[assignment]

    @property
    def workers(self) -> list[int]:
        """The process IDs of those that serve: Granian's workers, or the process itself."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        serving = [int(pid) for pid in children if "resource_tracker" not in command_line(int(pid))]
        return serving or [self.process.pid]

    def resident_mib(self) -> float:
        """The memory that all of them have in use."""
        return sum(status(pid, "VmRSS") for pid in self.workers) / 1024

    def peak_mib(self) -> float:
        return sum(status(pid, "VmHWM") for pid in self.workers) / 1024

    def open_files(self) -> int:
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.workers)


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def status(pid: int, name: str) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().partition(f"{name}:")[2].split()[0])


@asynccontextmanager
async def edge_process(function: Handler, **variables: str) -> AsyncIterator[Edge]:
    """The process, before an upstream that does what `function` does."""
    async with upstream(function) as port:
        settings = {"DEV_VARS": "", "FUNCTION_URL": f"http://{HOST}:{port}", **KEY, **variables}
        edge = Edge("edge_caller", free_port(), settings, FOLDER)
        with started(edge):
            yield edge
