"""Sends streams on all ways in turn, round after round, and reads what memory a large stream takes."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.edge.processes import peak_mib, reset_peak, resident_mib
from benchmarks.streaming.client import read_bytes, read_streams
from benchmarks.streaming.report import Delays, Row

LARGE_BYTES = 200 * 1024 * 1024
WARMING_BYTES = 8 * 1024 * 1024  # a process keeps what any large response needs


@dataclass(frozen=True)
class Load:
    """Streams at once, events in each; then how often one after the other in a turn, and how many turns."""

    streams: int
    events: int
    delay_seconds: float
    in_turn: int
    turns: int


# Short streams follow one another: after a pause the kernel acknowledges at once.
ONE, SHORT, MANY = Load(1, 50, 0.01, 1, 20), Load(1, 1, 0, 20, 5), Load(50, 40, 0.1, 1, 3)


def rows(ports: Mapping[str, int], load: Load, alone: str, others: Sequence[str]) -> list[Row]:
    """A row for the way `alone`, and one for each other way."""
    delays = dict.fromkeys((alone, *others), Delays())
    for turn in range(load.turns + 1):
        for way, _ in itertools.product(delays, range(load.in_turn)):
            found = asyncio.run(read_streams(ports[way], load.streams, load.events, load.delay_seconds))
            if turn > 0:  # the first turn warms up
                delays[way] += found
    return [
        Row(way, load.streams, load.events, found, delays[alone] if way != alone else None)
        for way, found in delays.items()
    ]


def memory(port: int, pids: Mapping[str, int]) -> dict[str, tuple[float, float]]:
    """MiB of each process before a large stream and at its peak. It has sent a smaller one before."""
    asyncio.run(read_bytes(port, WARMING_BYTES))
    before = {}
    for name, pid in pids.items():
        reset_peak(pid)
        before[name] = resident_mib(pid)
    asyncio.run(read_bytes(port, LARGE_BYTES))
    return {name: (before[name], peak_mib(pid)) for name, pid in pids.items()}
