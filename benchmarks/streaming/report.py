"""Turns the delays of streams into tables and sentences. It measures nothing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# The ways that are measured; the comparison of each is the app alone.
APP, WHOLE = "the app alone", "edge caller, stand-in"
CONTAINED, ADAPTER, LATE = "the app alone, in a container", f"{WHOLE}, adapter", f"{WHOLE}, adapter, delayed ACKs"
P50_MS, P99_MS, ADDED_MIB = 5.0, 50.0, 16.0


@dataclass(frozen=True)
class Delays:
    """From the app's yield to the client's read, in milliseconds. `first` has those of each stream's first event."""

    sent: int = 0
    first: list[float] = field(default_factory=list)
    later: list[float] = field(default_factory=list)

    def __add__(self, other: "Delays") -> "Delays":
        return Delays(self.sent + other.sent, self.first + other.first, self.later + other.later)

    @property
    def all(self) -> list[float]:
        return self.first + self.later


@dataclass(frozen=True)
class Row:
    """One way, with so many streams at once of so many events; `alone` are the delays of the same app alone."""

    way: str
    streams: int
    events: int
    delays: Delays
    alone: Delays | None = None

    def added(self, percent: float) -> float:
        """What the services between add."""
        return percentile(self.delays.all, percent) - (percentile(self.alone.all, percent) if self.alone else 0)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that so many percent of them don't exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def table(rows: Sequence[Row]) -> str:
    columns = ("streams of events", "events", "lost", "first p50", "p50", "p99", "added p50", "added p99")
    lines = [f"| ms from the app's yield to the client | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}"]
    for row in rows:
        delays = row.delays
        lost = delays.sent - len(delays.all)
        figures = [percentile(delays.first, 50), percentile(delays.all, 50), percentile(delays.all, 99)]
        cells = [f"{figure:.2f}" for figure in figures]
        cells += [f"{row.added(percent):.2f}" if row.alone else "" for percent in (50, 99)]
        lines.append(f"| {row.way} | {row.streams} of {row.events} | {delays.sent:,} | {lost} | {' | '.join(cells)} |")
    return "\n".join(lines)


def targets(rows: Sequence[Row]) -> str:
    """Whether the ways through edge caller and stand-in reach the targets."""
    rows = [row for row in rows if row.way == WHOLE]
    sentences = []
    for percent, most in ((50, P50_MS), (99, P99_MS)):
        worst = max(row.added(percent) for row in rows)
        state = "reached" if worst <= most else "**missed**"
        sentences.append(
            f"Target: p{percent} at most {most:g} ms beyond the app alone: {state}, at most {worst:.2f} ms."
        )
    lost = sum(row.delays.sent - len(row.delays.all) for row in rows)
    sentences.append(f"Target: no event lost: {'**missed**' if lost else 'reached'}.")
    return " ".join(sentences)


def memory_table(memory: Mapping[str, tuple[float, float]]) -> str:
    """`memory` has MiB before and at the peak, by process."""
    lines = ["| memory for a stream of 200 MB, MiB | before | peak | added |", "|---|--:|--:|--:|"]
    for name, (before, peak) in memory.items():
        lines.append(f"| {name} | {before:.1f} | {peak:.1f} | {peak - before:.1f} |")
    most = max(peak - before for before, peak in memory.values())
    state = "reached" if most <= ADDED_MIB else "**missed**"
    return "\n".join([*lines, "", f"Target: at most {ADDED_MIB:g} MiB more in each process: {state}."])


def charted(rows: Sequence[Row]) -> list[tuple[str, list[float]]]:
    """The name and the delays of each line of the chart: delayed ACKs don't show in longer streams."""
    longer = [row for row in rows if row.events > 1 and row.way in (APP, WHOLE, ADAPTER)]
    longer = [row for row in longer if row.way != APP or row.streams == 1]
    return [(row.way if row.streams == 1 else f"{row.way}, {row.streams} streams", row.delays.all) for row in longer]


def chart_text(rows: Sequence[Row]) -> str:
    """What the chart shows, for those who can't see it."""
    lines = (f"{name} {percentile(values, 50):.2f} and {percentile(values, 99):.2f}" for name, values in charted(rows))
    return f"Milliseconds from the app's yield to the client, half and 99% of the events: {'; '.join(lines)}"
