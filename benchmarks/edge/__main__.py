"""Measures the edge caller beside its peers: Workers on workerd, FastAPI with httpx, another commit, any other proxy.

All proxies run at once and are loaded in turn, so that whatever else the machine does affects all alike. The proxies
share one core; the load and the upstream share another.
Run as: make bench-edge AGAINST=COMMIT OPTIONS="--write --with 'NAME=COMMAND with {port} and {upstream}'"
"""

import argparse
import datetime
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.edge import proxies, report, versions
from benchmarks.edge.measure import Bench, Results, Row, load, measured, warm_up
from benchmarks.edge.processes import check_platform, cores, listening
from benchmarks.edge.proxies import EDGE, LIKE_FOR_LIKE, Proxy
from benchmarks.readme import README, picture, write_block
from running.ports import NotRunning, free_port
from running.stopping import Stopped, stop_on_signals
from running.tools import ToolError

CHART = "edge/cpu"
ALL_CONNECTIONS = [1, 16, 128]
ONE_WORKER, TWO_WORKERS = "1 worker", "2 workers"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-edge", description="Measures the edge caller beside its peers.")
    parser.add_argument("--against", metavar="COMMIT", help="measure that commit's edge caller, too")
    parser.add_argument(
        "--with",
        metavar="NAME=COMMAND",
        dest="others",
        action="append",
        default=[],
        help=f"measure another proxy, too; its command may use {proxies.placeholders()}",
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=2000, help="in each round, through each proxy")
    parser.add_argument("--connections", type=int, nargs="+", default=ALL_CONNECTIONS)
    parser.add_argument("--two-workers", action="store_true", help="then 2 workers on two cores beside 1 worker")
    parser.add_argument("--soak", action="store_true", help="then 200,000 requests, and the edge caller's memory")
    parser.add_argument("--write", action="store_true", help="write the tables and charts of README")
    return parser.parse_args()


def make_certificate(directory: Path) -> None:
    """A certificate for localhost for the TLS upstream, valid for a day."""
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", "key.pem", "-out", "certificate.pem"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    subprocess.run(["openssl", "req", "-x509", *key, *files, *names], cwd=directory, check=True, capture_output=True)


@contextmanager
def bench(
    chosen: Sequence[Proxy],
    scheme: str,
    directory: Path,
    options: argparse.Namespace,
    proxy_cores: Sequence[int],
    load_cores: Sequence[int],
) -> Iterator[Bench]:
    """The upstream and the proxies in front of it, all running and warmed up."""
    port, certificate = free_port(), directory / "certificate.pem"
    tls = [str(certificate), str(directory / "key.pem")] if scheme == "https" else []
    command = [sys.executable, "-m", "benchmarks.edge.upstream", str(port), *tls]
    with (
        listening("upstream", load_cores, command, port) as upstream_pid,
        proxies.running(chosen, proxy_cores, f"{scheme}://localhost:{port}/", certificate) as running,
    ):
        ready = Bench(running, upstream_pid, load_cores)
        print(f"warming up ({scheme} upstream)", file=sys.stderr, flush=True)
        warm_up(ready, options.requests * 3 // 2)
        yield ready


def compare(chosen: Sequence[Proxy], directory: Path, options: argparse.Namespace) -> Results:
    results: Results = {}
    proxy_core, load_core = cores()[:2]
    for scheme in ("http", "https"):
        with bench(chosen, scheme, directory, options, [proxy_core], [load_core]) as ready:
            for method in ("GET", "POST"):
                for connections in options.connections:
                    row = Row(method, scheme, connections)
                    results[row] = measured(ready, row, options.rounds, options.requests)
                    print(f"\n{report.proxies_table(row, results[row])}", flush=True)
    return results


def compare_workers(directory: Path, options: argparse.Namespace) -> str:
    """One worker process and two, both on the same two cores; the load has others where there are four."""
    chosen = [proxies.this_edge_caller(ONE_WORKER), proxies.this_edge_caller(TWO_WORKERS, EDGE_WORKERS="2")]
    load_cores = cores()[2:4] if len(cores()) >= 4 else cores()
    with bench(chosen, "http", directory, options, cores()[:2], load_cores) as ready:
        rows = [Row(method, "http", connections) for method in ("GET", "POST") for connections in (16, 128)]
        results = {row: measured(ready, row, options.rounds, options.requests) for row in rows}
    lines = ((str(row), report.cells(runs, TWO_WORKERS, to=ONE_WORKER)) for row, runs in results.items())
    return report.table(TWO_WORKERS, report.COLUMNS.values(), lines)


def soak(directory: Path, options: argparse.Namespace) -> str:
    proxy_core, load_core = cores()[:2]
    with bench([proxies.this_edge_caller()], "http", directory, options, [proxy_core], [load_core]) as ready:
        sizes = [load(ready, EDGE, "GET", 16, 20_000)["rss_mib"] for _ in range(10)]
    return "MiB after each 20,000 of 200,000 requests: " + " ".join(f"{size:.1f}" for size in sizes) + "."


def chosen_proxies(stack: ExitStack, directory: Path, options: argparse.Namespace) -> list[Proxy]:
    chosen = [proxies.this_edge_caller()]
    if options.against:
        sources = stack.enter_context(versions.checked_out(versions.commit_named(options.against)))
        name = f"{EDGE} at {options.against}"
        chosen.append(Proxy(name, versions.edge_caller(sources), sources))
    chosen += [proxies.other_proxy(text) for text in options.others]
    if problem := proxies.install_workers():
        if options.write:
            raise ToolError(f"--write needs the Workers to compare with, and {problem}")
        print(problem, file=sys.stderr)
    else:
        chosen.append(proxies.worker(LIKE_FOR_LIKE, "proxy", directory))
        chosen.append(proxies.worker(proxies.ARTICLE, "article", directory))
    return [*chosen, proxies.fastapi_peer()]


def write_comparison(results: Results, setting: str) -> None:
    from benchmarks.edge.chart import draw

    text = report.chart_text(results)
    draw(results, README.parent / CHART, text)
    write_block("edge", f"{setting}\n\n{picture(CHART, text)}\n\n{report.report(results)}")


def main() -> None:
    options = arguments()
    check_platform()
    if options.write and options.connections != ALL_CONNECTIONS:
        raise ToolError("--write needs all rows: leave out --connections")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        directory = Path(name)
        make_certificate(directory)
        results = compare(chosen_proxies(stack, directory, options), directory, options)
        blocks = {}
        if options.two_workers:
            blocks["edge-workers"] = compare_workers(directory, options)
        if options.soak:
            blocks["edge-soak"] = soak(directory, options)
    if options.connections == ALL_CONNECTIONS and LIKE_FOR_LIKE in results[report.EXAMPLE]:
        print(f"\n{report.report(results)}")
    for block in blocks.values():
        print(f"\n{block}")
    if options.write:
        write_comparison(results, setting(options))
        for name, block in blocks.items():
            write_block(name, block)


def setting(options: argparse.Namespace) -> str:
    today = datetime.datetime.now(datetime.UTC).date()
    measured = f"{options.rounds} rounds of {options.requests:,} requests in each row"
    return f"{today}: {versions.setting()}, {len(cores())} cores; {proxies.worker_versions()}; {measured}."


if __name__ == "__main__":
    stop_on_signals()
    try:
        main()
    except (ToolError, NotRunning) as error:
        sys.exit(f"bench-edge: {error}")
    except Stopped:
        sys.exit(130)
