"""The tables and sentences about streams, from figures that are made up here."""

import re

import pytest

from benchmarks.streaming.report import (
    ADAPTER,
    APP,
    CONTAINED,
    WHOLE,
    Delays,
    Row,
    chart_text,
    memory_table,
    percentile,
    table,
    targets,
)
from benchmarks.streaming.services import DELAYED_ACKS
from local_aws.runtime_api import __main__ as entry

ALONE = Delays(100, [1.0], [1.0] * 99)
FAST = Delays(100, [9.0], [2.0] * 97 + [30.0] * 2)
SLOW = Delays(102, [9.0], [7.0] * 97 + [60.0] * 2)


def row(delays: Delays, way: str = WHOLE, streams: int = 1) -> Row:
    return Row(way, streams, 100, delays, None if way in (APP, CONTAINED) else ALONE)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert [percentile(values, percent) for percent in (50, 99, 100)] == [50.0, 99.0, 100.0]
    assert percentile([3.0], 50) == 3.0


def test_a_line_of_the_table_says_what_is_added_and_what_was_lost() -> None:
    lines = table([row(ALONE, APP), row(SLOW, streams=50)]).splitlines()
    assert lines[2] == "| the app alone | 1 of 100 | 100 | 0 | 1.00 | 1.00 | 1.00 |  |  |"
    assert lines[3] == "| edge caller, stand-in | 50 of 100 | 102 | 2 | 9.00 | 7.00 | 60.00 | 6.00 | 59.00 |"


def test_says_that_the_targets_are_reached() -> None:
    assert targets([row(ALONE, APP), row(FAST)]).count("reached") == 3


def test_the_slowest_row_decides_about_the_targets() -> None:
    text = targets([row(FAST), row(SLOW, streams=50)])
    assert text.count("**missed**") == 3
    assert "59.00 ms" in text


def test_the_adapter_has_no_target() -> None:
    assert "missed" not in targets([row(FAST), row(SLOW, ADAPTER)])


@pytest.mark.parametrize(("peak", "state"), [(66.0, "reached"), (66.5, "**missed**")])
def test_the_memory_of_each_process_is_compared_with_what_it_had_before(peak: float, state: str) -> None:
    lines = memory_table({"app": (50.0, 50.25), "stand-in": (50.0, peak)}).splitlines()
    assert lines[2] == "| app | 50.0 | 50.2 | 0.2 |"
    assert lines[-1].endswith(f"{state}.")


def test_the_chart_has_the_longer_streams_and_one_app_alone() -> None:
    text = chart_text([row(ALONE, APP), row(FAST), row(FAST, streams=50), row(ALONE, CONTAINED), row(FAST, ADAPTER)])
    assert text.endswith(
        "the app alone 1.00 and 1.00; edge caller, stand-in 2.00 and 30.00; edge caller, stand-in, 50 streams 2.00 and "
        "30.00; edge caller, stand-in, adapter 2.00 and 30.00"
    )


def test_the_runtime_api_without_quick_acknowledgements_replaces_what_exists() -> None:
    names = re.findall(r"entry\.(\w+)", DELAYED_ACKS)
    assert [name for name in names if not hasattr(entry, name)] == []
