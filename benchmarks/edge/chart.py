"""The chart of the comparison: CPU time per request as a ratio to the Worker's, a panel for each kind of request."""

from pathlib import Path

from benchmarks import charts
from benchmarks.edge.measure import Results, Row
from benchmarks.edge.proxies import LIKE_FOR_LIKE
from benchmarks.edge.report import charted, ratio


def draw(results: Results, path: Path, title: str) -> None:
    """Writes the chart for both colour schemes."""
    kinds: dict[str, list[Row]] = {}
    for row in results:
        kinds.setdefault(row.kind, []).append(row)
    groups = [(kind, [str(row.connections) for row in rows]) for kind, rows in kinds.items()]
    series = [
        (name, [[ratio(results[row], name, "cpu_us") for row in rows] for rows in kinds.values()])
        for name in charted(results)
    ]
    charts.write(path, title, charts.panels(groups, series, "CPU per request ÷ the Worker's", LIKE_FOR_LIKE))
