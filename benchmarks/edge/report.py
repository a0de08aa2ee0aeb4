"""Turns figures into Markdown tables and sentences. It measures nothing.

Each figure is the median of the rounds. A ratio is the median of each round's ratio to the like-for-like Worker.
"""

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from benchmarks.edge.measure import Figures, Results, Row, Runs
from benchmarks.edge.proxies import ARTICLE, EDGE, FASTAPI, LIKE_FOR_LIKE

COLUMNS = {
    "requests_per_second": "requests/s",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "cpu_us": "CPU µs/request",
    "rss_mib": "RSS MiB",
}
EXAMPLE = Row("GET", "http", 16)
BUSY = 0.9


def median(rounds: Sequence[Figures], key: str) -> float:
    return statistics.median(figures[key] for figures in rounds)


def ratio(runs: Runs, name: str, key: str, to: str = LIKE_FOR_LIKE) -> float:
    return statistics.median(mine[key] / peer[key] for mine, peer in zip(runs[name], runs[to], strict=True))


def table(heading: str, columns: Iterable[str], lines: Iterable[tuple[str, Iterable[str]]]) -> str:
    columns = list(columns)
    head = [f"| {heading} | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}"]
    return "\n".join([*head, *(f"| {name} | {' | '.join(cells)} |" for name, cells in lines)])


def cells(runs: Runs, name: str, to: str = LIKE_FOR_LIKE) -> list[str]:
    """The figures of one proxy, each with its ratio in brackets where the proxy to compare with was measured."""
    found = []
    for key in COLUMNS:
        cell = f"{median(runs[name], key):.{2 if key.endswith('ms') else 0}f}"
        found.append(f"{cell} ({ratio(runs, name, key, to):.2f})" if to in runs else cell)
    return found


def proxies_table(row: Row, runs: Runs) -> str:
    """All proxies in one row of the benchmark."""
    return table(str(row), COLUMNS.values(), ((name, cells(runs, name)) for name in runs))


def caller_table(results: Results) -> str:
    """The edge caller in all rows."""
    return table(EDGE, COLUMNS.values(), ((str(row), cells(runs, EDGE)) for row, runs in results.items()))


def charted(results: Results) -> list[str]:
    """The proxies whose CPU time is compared: not the Worker itself, nor two that do less or are far off the scale."""
    names = next(iter(results.values()))
    return [name for name in names if name not in (LIKE_FOR_LIKE, ARTICLE, FASTAPI)]


def cpu_table(results: Results) -> str:
    """CPU time per request of each proxy, as a ratio to the Worker's."""
    names = charted(results)
    lines = ((str(row), [f"{ratio(runs, name, 'cpu_us'):.2f}" for name in names]) for row, runs in results.items())
    return table("CPU per request ÷ the Worker's", names, lines)


def spread(results: Results, name: str) -> str:
    ratios = [ratio(runs, name, "cpu_us") for runs in results.values()]
    return f"{min(ratios):.2f} to {max(ratios):.2f}"


def fastest(results: Results) -> str:
    """Names the proxy that needs the least CPU time in each row, whoever it is."""
    names = [*charted(results), LIKE_FOR_LIKE]
    best = Counter(min(names, key=lambda name: ratio(runs, name, "cpu_us")) for runs in results.values())
    counts = [f"**{name}** in {count} of {len(results)} rows" for name, count in best.most_common()]
    return f"The least CPU time per request: {', '.join(counts)}."


def chart_text(results: Results) -> str:
    """What the bar chart shows, for those who can't see it."""
    values = "; ".join(f"{name} {spread(results, name)}" for name in charted(results))
    return f"CPU time per request as a ratio to the like-for-like Worker's, in {len(results)} rows: {values}"


def targets(results: Results) -> str:
    """What the edge caller aims at, and in how many rows it gets there."""

    def reached(key: str, good: Callable[[float], bool], rows: Sequence[Row]) -> int:
        return sum(good(round(ratio(results[row], EDGE, key), 2)) for row in rows)

    every, sixteen = list(results), [row for row in results if row.connections == 16]
    aims = [
        ("CPU at most 0.9, with 16 connections", reached("cpu_us", lambda r: r <= 0.9, sixteen), len(sixteen), 4),
        ("CPU at most 1.0", reached("cpu_us", lambda r: r <= 1.0, every), len(every), 10),
        ("requests/s above 1.0", reached("requests_per_second", lambda r: r > 1.0, every), len(every), 10),
        ("p99 at most 1.0", reached("p99_ms", lambda r: r <= 1.0, every), len(every), 10),
    ]
    lines = [
        (aim, [f"{wanted} of {rows}", f"{found}", "yes" if found >= wanted else "**missed**"])
        for aim, found, rows, wanted in aims
    ]
    return table("ratio to the Worker", ["target", "measured", "reached"], lines)


def load_sentence(results: Results) -> str:
    """How busy the load's own core was: a proxy that outruns the load isn't measured, but the load is."""
    busiest = {
        name: max(median(runs[name], "load_busy") for runs in results.values()) for name in next(iter(results.values()))
    }
    limited = [name for name, busy in busiest.items() if busy > BUSY and name not in (ARTICLE, FASTAPI)]
    sentence = f"The load and the upstream used at most {max(busiest.values()):.0%} of their core"
    if not limited:
        return f"{sentence}: they limited no proxy."
    return f"{sentence}. In some rows they limited {' and '.join(limited)}: CPU time counts there, requests/s doesn't."


def report(results: Results) -> str:
    """All that stands in README about one run with the Workers, without the chart."""
    return "\n\n".join(
        [
            cpu_table(results),
            fastest(results),
            "The edge caller's figures, with the ratio to the Worker in brackets:",
            caller_table(results),
            "All proxies in one of these rows:",
            proxies_table(EXAMPLE, results[EXAMPLE]),
            "The targets:",
            targets(results),
            load_sentence(results),
        ]
    )
