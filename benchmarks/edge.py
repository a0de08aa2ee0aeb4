"""Compares the edge caller with its peers: Workers on real workerd, and FastAPI with plain httpx.

All run at once, each is loaded in turn, round after round, so that what else the machine does hits all alike. The
proxies share one core; the load and the upstream share another. CPU time is the kernel's count for the process.
Run as: make bench-edge, or python benchmarks/edge.py [--rounds N] [--requests N] [--soak]
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
PEERS = Path(__file__).parent / "edge"
PROXY_CORE, LOAD_CORE = "0", "1"
TICKS = os.sysconf("SC_CLK_TCK")
KEYS = {
    "AWS_REGION": "ap-northeast-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE000000001",
    "AWS_SECRET_ACCESS_KEY": "not-a-real-secret-access-key",
    "DEV_VARS": "",
}
LIKE_FOR_LIKE = "Worker, like for like"
EDGE = "edge caller"
FASTAPI = "FastAPI + httpx"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit(f"{process.args} ended with status {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


@contextmanager
def started(core: str, command: list[str], port: int, **variables: str) -> Iterator[int]:
    """The process, pinned to one core, once it listens. Its ID."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(["taskset", "-c", core, *command], env=environment, stdout=quiet, stderr=quiet)
    try:
        wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def install_peers() -> bool:
    """npm's packages for the Workers; False, and a sentence, where that can't be."""
    if not shutil.which("npm"):
        print("Without npm the Workers can't be installed: they are left out.", file=sys.stderr)
        return False
    if (PEERS / "node_modules" / "workerd").exists():
        return True
    installed = subprocess.run(
        ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"], cwd=PEERS
    )
    if installed.returncode:
        print("npm install failed: the Workers are left out.", file=sys.stderr)
    return installed.returncode == 0


def make_certificate(directory: Path) -> None:
    """A certificate of localhost for the TLS upstream, for a day."""
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", "key.pem", "-out", "certificate.pem"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    subprocess.run(["openssl", "req", "-x509", *key, *files, *names], cwd=directory, check=True, capture_output=True)


def worker_command(name: str, directory: Path, port: int) -> list[str]:
    """workerd with the Worker of that name, bundled."""
    build = directory / name
    build.mkdir(exist_ok=True)
    bin_directory = PEERS / "node_modules" / ".bin"
    bundle = [str(bin_directory / "esbuild"), f"{name}.js", "--bundle", "--format=esm", "--log-level=error"]
    subprocess.run([*bundle, f"--outfile={build / 'worker.js'}"], cwd=PEERS, check=True)
    shutil.copy(PEERS / "config.capnp", build)
    shutil.copy(directory / "certificate.pem", build)
    workerd = PEERS / "node_modules" / "@cloudflare" / "workerd-linux-64" / "bin" / "workerd"
    return [str(workerd), "serve", str(build / "config.capnp"), f"--socket-addr=http=127.0.0.1:{port}"]


def start_proxies(
    stack: ExitStack, directory: Path, function_url: str, with_workers: bool
) -> dict[str, tuple[int, int]]:
    """Each proxy's port and process ID."""
    python = [sys.executable, "-m"]
    ports = [free_port() for _ in range(4)]
    commands = {
        EDGE: [*python, "edge_caller", "--port", str(ports[0])],
        FASTAPI: [
            *[*python, "uvicorn", "--app-dir", str(PEERS), "fastapi_httpx:app"],
            *["--port", str(ports[1]), "--no-access-log"],
        ],
    }
    if with_workers:
        commands[LIKE_FOR_LIKE] = worker_command("proxy", directory, ports[2])
        commands["Worker, the article's"] = worker_command("article", directory, ports[3])
    variables = KEYS | {"FUNCTION_URL": function_url, "SSL_CERT_FILE": str(directory / "certificate.pem")}
    proxies = {}
    for (name, command), port in zip(commands.items(), ports, strict=False):
        proxies[name] = (port, stack.enter_context(started(PROXY_CORE, command, port, **variables)))
    return proxies


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def load(port: int, pid: int, connections: int, requests: int, method: str) -> dict[str, float]:
    """The figures of one run against one proxy."""
    before = cpu_seconds(pid)
    command = [sys.executable, str(PEERS / "load.py"), str(port), str(connections), str(requests), method]
    output = subprocess.run(["taskset", "-c", LOAD_CORE, *command], check=True, capture_output=True).stdout
    figures: dict[str, float] = json.loads(output)
    if figures["failed"] or figures["answers"] != requests:
        raise SystemExit(f"{requests} requests, {figures['answers']} answers, {figures['failed']} of them not 200")
    figures["cpu_us"] = (cpu_seconds(pid) - before) / (requests + connections) * 1e6
    figures["rss_mib"] = resident_mib(pid)
    return figures


COLUMNS = {
    "requests_per_second": "requests/s",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "cpu_us": "CPU µs/request",
    "rss_mib": "RSS MiB",
}


def print_table(title: str, runs: dict[str, list[dict[str, float]]]) -> None:
    """The median of the rounds; in brackets the median of each round's ratio to the like-for-like Worker."""
    print(f"\n### {title}\n\n| | {' | '.join(COLUMNS.values())} |\n|---|{'---:|' * len(COLUMNS)}")
    for name, rounds in runs.items():
        cells = []
        for key in COLUMNS:
            cell = f"{statistics.median(r[key] for r in rounds):.{2 if key.endswith('ms') else 0}f}"
            if LIKE_FOR_LIKE in runs:
                pairs = zip(rounds, runs[LIKE_FOR_LIKE], strict=True)
                cell += f" ({statistics.median(r[key] / peer[key] for r, peer in pairs):.2f})"
            cells.append(cell)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def compare(
    proxies: dict[str, tuple[int, int]], scheme: str, rounds: int, requests: int, connection_counts: list[int]
) -> None:
    for port, pid in proxies.values():
        load(port, pid, 16, 500, "GET")  # warm
    for method in ("GET", "POST"):
        for connections in connection_counts:
            runs: dict[str, list[dict[str, float]]] = {name: [] for name in proxies}
            order = list(proxies)
            for _ in range(rounds):
                for name in order:
                    share = requests // 4 if name == FASTAPI else requests  # or all would wait for it
                    runs[name].append(load(*proxies[name], connections, share, method))
                order = [*order[1:], order[0]]  # nobody always comes after the one that leaves the most to tidy up
            what = "1 KiB POST" if method == "POST" else "GET"
            print_table(f"{what}, {scheme} upstream, {connections} connections", runs)


def soak(port: int, pid: int) -> None:
    print("\nRSS of the edge caller, MiB, after each 20,000 of 200,000 requests on 16 connections:")
    sizes = [load(port, pid, 16, 20_000, "GET")["rss_mib"] for _ in range(10)]
    print(" ".join(f"{size:.1f}" for size in sizes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 128])
    parser.add_argument("--soak", action="store_true", help="200,000 requests through the edge caller, and its memory")
    arguments = parser.parse_args()
    with_workers = install_peers()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        make_certificate(directory)
        for scheme in ("http", "https"):
            port = free_port()
            tls = [str(directory / "certificate.pem"), str(directory / "key.pem")] if scheme == "https" else []
            command = [sys.executable, str(PEERS / "upstream.py"), str(port), *tls]
            with ExitStack() as stack:
                stack.enter_context(started(LOAD_CORE, command, port))
                proxies = start_proxies(stack, directory, f"{scheme}://localhost:{port}/", with_workers)
                if arguments.soak:
                    soak(*proxies[EDGE])
                    return
                compare(proxies, scheme, arguments.rounds, arguments.requests, arguments.connections)


if __name__ == "__main__":
    main()
