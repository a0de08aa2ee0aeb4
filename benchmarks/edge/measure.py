"""Loads the proxies in turn, round after round, and keeps the figures of each round."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.edge.processes import cpu_seconds, resident_mib
from benchmarks.edge.proxies import FASTAPI, Running

PATIENCE_SECONDS = 300

# One round of one proxy. `load_busy` is the share of a core's time that the load and the upstream used together.
Figures = dict[str, float]
Runs = dict[str, list[Figures]]


@dataclass(frozen=True)
class Row:
    method: str
    scheme: str
    connections: int

    @property
    def kind(self) -> str:
        return f"{'1 KiB POST' if self.method == 'POST' else 'GET'}, {self.scheme}"

    def __str__(self) -> str:
        return f"{self.kind}, {self.connections}"


Results = dict[Row, Runs]


@dataclass(frozen=True)
class Bench:
    """The proxies that are running, the upstream's process, and the cores that the load may use."""

    proxies: Mapping[str, Running]
    upstream_pid: int
    load_cores: Sequence[int]


def load(bench: Bench, name: str, method: str, connections: int, requests: int) -> Figures:
    """One run against one proxy. Any answer but 200 ends the benchmark."""
    proxy = bench.proxies[name]
    words = [str(proxy.port), str(connections), str(requests), method]
    command = pinned_load(bench.load_cores, words)
    before, upstream_before = cpu_seconds(proxy.pid), cpu_seconds(bench.upstream_pid)
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=PATIENCE_SECONDS)
    used = cpu_seconds(proxy.pid) - before
    upstream_used = cpu_seconds(bench.upstream_pid) - upstream_before
    figures: Figures = json.loads(finished.stdout)
    if figures["failed"] or figures["answers"] != requests:
        sys.exit(f"{name}: {requests} requests, {figures['answers']} answers, {figures['failed']} of them not 200")
    figures["cpu_us"] = used / (requests + connections) * 1e6
    figures["rss_mib"] = resident_mib(proxy.pid)
    figures["load_busy"] = (figures["load_cpu_seconds"] + upstream_used) / figures["seconds"]
    return figures


def pinned_load(on_cores: Sequence[int], words: Sequence[str]) -> list[str]:
    return ["taskset", "-c", ",".join(map(str, on_cores)), sys.executable, "-m", "benchmarks.edge.load", *words]


def share(name: str, requests: int) -> int:
    """FastAPI with httpx is so slow that everyone else would wait for it."""
    return requests // 4 if name == FASTAPI else requests


def warm_up(bench: Bench, requests: int) -> None:
    """V8 compiles what runs often, and every proxy fills its pools: none of that is counted."""
    for name in bench.proxies:
        for method in ("GET", "POST"):
            load(bench, name, method, 128, share(name, requests))


def measured(bench: Bench, row: Row, rounds: int, requests: int) -> Runs:
    """The rounds of one row. The first turn isn't counted. The order rotates: no proxy always follows the same one."""
    runs: Runs = {name: [] for name in bench.proxies}
    order = list(bench.proxies)
    for turn in range(rounds + 1):
        for name in order:
            figures = load(bench, name, row.method, row.connections, share(name, requests))
            if turn > 0:
                runs[name].append(figures)
        order = [*order[1:], order[0]]
    return runs
