"""The tables and sentences about the edge caller, from figures that are made up here."""

import pytest

from benchmarks.edge import report
from benchmarks.edge.measure import Figures, Results, Row
from benchmarks.edge.proxies import ARTICLE, EDGE, FASTAPI, LIKE_FOR_LIKE

ROWS = [
    Row(method, scheme, connections)
    for scheme in ("http", "https")
    for method in ("GET", "POST")
    for connections in (1, 16, 128)
]


def figures(cpu: float, rate: float = 1000, p99: float = 5, busy: float = 0.5) -> Figures:
    return {
        "requests_per_second": rate,
        "p50_ms": 1,
        "p99_ms": p99,
        "cpu_us": cpu,
        "rss_mib": 50,
        "load_busy": busy,
    }


def results(**proxies: list[Figures]) -> Results:
    worker = [figures(400), figures(500), figures(600)]
    return {row: {**proxies, LIKE_FOR_LIKE: worker} for row in ROWS}


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    runs = {EDGE: [figures(300), figures(600), figures(300)], LIKE_FOR_LIKE: [figures(300), figures(500), figures(600)]}
    assert report.ratio(runs, EDGE, "cpu_us") == 1.0


def test_a_cell_has_the_median_and_in_brackets_the_ratio() -> None:
    runs = results(**{EDGE: [figures(200), figures(250), figures(300)]})[ROWS[0]]
    assert report.cells(runs, EDGE) == ["1000 (1.00)", "1.00 (1.00)", "5.00 (1.00)", "250 (0.50)", "50 (1.00)"]


def test_without_the_worker_a_cell_has_no_ratio() -> None:
    assert report.cells({EDGE: [figures(250)]}, EDGE) == ["1000", "1.00", "5.00", "250", "50"]


def test_each_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    text = report.report(results(**{EDGE: [figures(300)] * 3, "mine": [figures(100)] * 3}))
    for table in [part for part in text.split("\n\n") if part.startswith("|")]:
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_names_the_fastest_whoever_it_is() -> None:
    mine = results(**{EDGE: [figures(300)] * 3, "mine": [figures(100)] * 3})
    assert report.fastest(mine) == "The least CPU time per request: **mine** in 12 of 12 rows."
    worker = results(**{EDGE: [figures(700)] * 3})
    assert report.fastest(worker) == f"The least CPU time per request: **{LIKE_FOR_LIKE}** in 12 of 12 rows."


def test_counts_the_rows_of_each_of_the_fastest() -> None:
    both = results(**{EDGE: [figures(300)] * 3, "mine": [figures(100)] * 3})
    for row in ROWS[-3:]:
        both[row]["mine"] = [figures(350)] * 3
    assert report.fastest(both).endswith(f": **mine** in 9 of 12 rows, **{EDGE}** in 3 of 12 rows.")


def test_compares_neither_the_article_nor_fastapi_in_cpu_time() -> None:
    all_of_them = results(**{name: [figures(300)] * 3 for name in (EDGE, "mine", ARTICLE, FASTAPI)})
    assert report.charted(all_of_them) == [EDGE, "mine"]


def test_the_text_of_the_chart_has_the_range_of_each_proxy() -> None:
    runs = results(**{EDGE: [figures(300)] * 3})
    runs[ROWS[0]][EDGE] = [figures(500)] * 3
    assert report.chart_text(runs).endswith(f"in 12 rows: {EDGE} 0.60 to 1.00")


def reached(runs: Results) -> list[str]:
    return [line.split("|")[-2].strip() for line in report.targets(runs).splitlines()[2:]]


def test_says_that_the_targets_are_reached() -> None:
    assert reached(results(**{EDGE: [figures(300, rate=1500, p99=4)] * 3})) == ["yes"] * 4


def test_says_that_the_targets_are_missed() -> None:
    assert reached(results(**{EDGE: [figures(600, rate=900, p99=6)] * 3})) == ["**missed**"] * 4


def test_two_rows_may_miss_a_target_and_a_third_may_not() -> None:
    runs = results(**{EDGE: [figures(300, rate=1500, p99=4)] * 3})
    for row in ROWS[:1] + ROWS[2:3]:
        runs[row][EDGE] = [figures(600, rate=900, p99=6)] * 3
    assert reached(runs) == ["yes"] * 4
    runs[ROWS[3]][EDGE] = [figures(600, rate=900, p99=6)] * 3
    assert reached(runs) == ["yes", *["**missed**"] * 3]


@pytest.mark.parametrize(("busy", "end"), [(0.5, "they limited no proxy."), (0.95, "requests/s doesn't.")])
def test_says_whether_the_load_limited_a_proxy(busy: float, end: str) -> None:
    sentence = report.load_sentence(results(**{EDGE: [figures(300)] * 3, "mine": [figures(100, busy=busy)] * 3}))
    assert sentence.endswith(end)
    assert ("mine" in sentence) == (busy > 0.9)
