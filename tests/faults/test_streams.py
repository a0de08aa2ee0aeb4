"""Streams through the three services as processes: many at once, and one as large as Lambda allows."""

import asyncio

import pytest

from benchmarks.streaming.client import read_streams
from benchmarks.streaming.measure import memory
from benchmarks.streaming.report import ADDED_MIB, WHOLE
from benchmarks.streaming.services import in_processes

pytestmark = pytest.mark.faults


def test_fifty_streams_at_once_lose_no_event_and_200_mb_need_no_memory_of_their_own() -> None:
    with in_processes() as running:
        delays = asyncio.run(read_streams(running.ports[WHOLE], streams=50, count=20, delay_seconds=0.05))
        assert len(delays.all) == delays.sent == 1000
        used = memory(running.ports[WHOLE], running.pids)
    assert {name for name, (before, peak) in used.items() if peak - before > ADDED_MIB} == set()
