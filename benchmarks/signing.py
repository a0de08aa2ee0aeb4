"""What a signature costs: microseconds of CPU for a GET and a 1 KiB POST, this project's signer beside its peers.

`make bench-signing` installs the peers and runs it. All take turns in one run, so that a noisy machine is noisy for
all; requests are made before the clock starts; CPU time is that of the whole process, all threads.
"""

import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.signing_peers import python_peers

ROUNDS, COUNT = 40, 200
KINDS = ("GET", "POST")
NODE_PEERS = Path(__file__).parent / "signing_peers"
NODE_SIGNERS = ("aws4fetch", "aws4", "@smithy/signature-v4")
OURS, FLOOR = "sign", "the floor"

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
            found[name] = measure_of(make())
        except ImportError as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
    return found


@contextmanager
def node_signers() -> Iterator[dict[str, Measure]]:
    """The signers of Node, in a process that measures itself."""
    variables = {name: getattr(python_peers, name) for name in ("HOST", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION")}
    try:
        node = subprocess.Popen(
            ["node", "node_peers.mjs"],
            cwd=NODE_PEERS,
            env=os.environ | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    except FileNotFoundError:
        print("left out: the signers of Node (node is not installed)", file=sys.stderr)
        yield {}
        return

    def measure_of(name: str) -> Measure:
        def measure(kind: str) -> float:
            print(name, kind, COUNT, file=node.stdin, flush=True)
            return float(node.stdout.readline()) if node.stdout else 0.0

        return measure

    with node:
        yield {name: measure_of(name) for name in NODE_SIGNERS}


def version_of(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def main() -> None:
    results: dict[tuple[str, str], list[float]] = {}
    with node_signers() as node:
        measures = python_signers() | node
        for turn in range(ROUNDS + 1):
            for name, measure in measures.items():
                for kind in KINDS:
                    used = measure(kind)
                    if turn > 0:  # the first turn warms up
                        results.setdefault((name, kind), []).append(used)
    median = {key: statistics.median(values) for key, values in results.items()}
    setting = f"Python {platform.python_version()}, {platform.machine()}"
    print(f"{setting}: {ROUNDS} turns of {COUNT} signatures, microseconds of CPU\n")
    print("| signer | GET median | min | POST median | min | GET / floor | GET / `sign` |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name in sorted(measures, key=lambda name: median[name, "GET"]):
        get, post = median[name, "GET"], median[name, "POST"]
        ratios = f"{get / median[FLOOR, 'GET']:.1f} | {get / median[OURS, 'GET']:.1f}"
        least = [min(results[name, kind]) for kind in KINDS]
        label = f"{name} {version_of(name)}".strip()
        print(f"| {label} | {get:.1f} | {least[0]:.1f} | {post:.1f} | {least[1]:.1f} | {ratios} |")


if __name__ == "__main__":
    main()
