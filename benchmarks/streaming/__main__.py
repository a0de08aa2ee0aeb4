"""Measures streams: how long after the app's yield an event is with the client, and what memory 200 MB take.

Run as: make bench-streaming OPTIONS=--write
"""

import argparse
import datetime
import json
import platform
import subprocess
import sys

from benchmarks.edge.processes import check_platform, cores
from benchmarks.readme import picture, write_block
from benchmarks.streaming import report
from benchmarks.streaming.measure import MANY, ONE, SHORT, memory, rows
from benchmarks.streaming.services import in_containers, in_processes
from running.images import ROOT
from running.ports import NotRunning
from running.stopping import Stopped, stop_on_signals
from running.tools import ToolError, run

CHART = "streaming/delays"
DRAWING = [str(ROOT / "benchmarks" / ".venv" / "bin" / "python"), "-m", "benchmarks.streaming.chart"]


def measured_in_processes() -> tuple[list[report.Row], dict[str, tuple[float, float]]]:
    with in_processes() as running:
        found = [row for load in (ONE, SHORT, MANY) for row in rows(running.ports, load, report.APP, [report.WHOLE])]
        return found, memory(running.ports[report.WHOLE], running.pids)


def measured_in_containers() -> list[report.Row]:
    others = [report.ADAPTER, report.LATE]
    with in_containers() as running:
        return [row for load in (ONE, SHORT) for row in rows(running.ports, load, report.CONTAINED, others)]


def setting() -> str:
    today = datetime.datetime.now(datetime.UTC).date()
    python = f"Python {platform.python_version()}, {platform.machine()}, {len(cores())} cores"
    return f"{today}: {python}. `50 of 40` means 50 streams at once with 40 events each."


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench-streaming", description="Measures streams.")
    parser.add_argument("--without-docker", action="store_true", help="leave out the ways through the adapter")
    parser.add_argument("--write", action="store_true", help="write the tables and the chart of README")
    options = parser.parse_args()
    check_platform()
    if options.write and options.without_docker:
        raise ToolError("--write needs all rows: leave out --without-docker")
    if not options.without_docker:
        run(sys.executable, "-m", "running.images", "local")
    found, used = measured_in_processes()
    if not options.without_docker:
        found += measured_in_containers()
    block = "\n\n".join((setting(), report.table(found), report.targets(found), report.memory_table(used)))
    print(block)
    if options.write:
        lines = json.dumps(report.charted(found))
        subprocess.run([*DRAWING, CHART, report.chart_text(found)], cwd=ROOT, input=lines, text=True, check=True)
        write_block("streaming", f"{picture(CHART, report.chart_text(found))}\n\n{block}")


if __name__ == "__main__":
    stop_on_signals()
    try:
        main()
    except (ToolError, NotRunning) as error:
        sys.exit(f"bench-streaming: {error}")
    except Stopped:
        sys.exit(130)
