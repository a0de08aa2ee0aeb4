"""Measures what a signature costs: CPU time for a GET and a 1 KiB POST, by this project's signer and its peers.

All take turns in one run, so that a noisy machine is noisy for all. Requests are made before the clock starts. CPU
time is that of the whole process, with all threads. Run as: make bench-signing OPTIONS=--write
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.readme import README, picture, write_block
from benchmarks.signing import python_peers, report

ROUNDS, COUNT = 40, 200
FOLDER = Path(__file__).parent
NODE_SIGNERS = ("aws4fetch", "aws4", "@smithy/signature-v4")
CHART = "signing/cpu"

# Microseconds of CPU per signature of one batch of a kind.
Measure = Callable[[str], float]


def measure_of(signer: python_peers.Signer) -> Measure:
    make, sign = signer

    def measure(kind: str) -> float:
        requests = [make(kind) for _ in range(COUNT)]
        before = time.process_time_ns()
        for request in requests:
            sign(request)
        return (time.process_time_ns() - before) / COUNT / 1000

    return measure


def python_signers() -> dict[str, Measure]:
    found = {}
    for name, make in python_peers.SIGNERS.items():
        try:
            found[label(name)] = measure_of(make())
        except ImportError as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
    return found


@contextmanager
def node_signers() -> Iterator[dict[str, Measure]]:
    """Node's signers, in a process that measures itself."""
    if not (FOLDER / "node_modules").exists():
        print("left out: Node's signers (npm ci has not installed them)", file=sys.stderr)
        yield {}
        return
    variables = {name: getattr(python_peers, name) for name in ("HOST", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION")}
    node = subprocess.Popen(
        ["node", "node_peers.mjs"],
        cwd=FOLDER,
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def measure_of(name: str) -> Measure:
        def measure(kind: str) -> float:
            print(name, kind, COUNT, file=node.stdin, flush=True)
            return float(node.stdout.readline()) if node.stdout else 0.0

        return measure

    versions = json.loads((FOLDER / "package.json").read_text("utf-8"))["dependencies"]
    with node:
        yield {f"{name} {versions[name]}": measure_of(name) for name in NODE_SIGNERS}


def label(name: str) -> str:
    """The name with the version of the installed package, if it is a package."""
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return name


def measured() -> report.Results:
    results: report.Results = {}
    with node_signers() as node:
        measures = python_signers() | node
        for turn in range(ROUNDS + 1):
            for name, measure in measures.items():
                for kind in report.KINDS:
                    used = measure(kind)
                    if turn > 0:  # the first turn warms up
                        results.setdefault(name, {}).setdefault(kind, []).append(used)
    return results


def setting() -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip().lstrip("v")
    machine = f"Python {platform.python_version()}, Node {node or 'not installed'}, {platform.machine()}"
    today = datetime.datetime.now(datetime.UTC).date()
    return f"{today}: {machine}, {ROUNDS} rounds of {COUNT} signatures; microseconds of CPU per signature."


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench-signing", description="Measures what a signature costs.")
    parser.add_argument("--write", action="store_true", help="write the table and the chart of README")
    options = parser.parse_args()
    results = measured()
    block = f"{setting()}\n\n{report.table(results)}\n\n{report.targets(results)}"
    print(block)
    if options.write:
        from benchmarks import charts

        text = report.chart_text(results)
        bars = [(name, ratio) for name, ratio in report.ratios(results) if name != report.FLOOR]
        drawing = charts.ranking(bars, report.PROJECTS_OWN, "CPU per signature of a GET ÷ that of sign")
        charts.write(README.parent / CHART, text, drawing)
        write_block("signing", f"{picture(CHART, text)}\n\n{block}")


if __name__ == "__main__":
    main()
