"""Measures what the image costs beside an image built as tutorials do: size, rebuild, cold start, memory and stop.

`make bench-image` runs it; it needs Docker. Both images hold the same app and the same adapter, and take turns in one
run. A start counts from Docker's StartedAt, so that Docker's own work, the same for both, isn't counted.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.image.containers import (
    HALF_A_CPU,
    build,
    container,
    emulated,
    megabytes_over_base,
    memory_and_stop,
    seconds_of_init,
    start_of,
)
from running.images import ROOT
from running.tools import DOCKER, check_engine, exit_with, output

ROUNDS = int(os.environ.get("ROUNDS") or 7)
OURS, PEER = "bench_ours", "bench_peer"
PEER_COMMAND = ("sh", "-c", "uv run uvicorn lambda_app.main:app --host 0.0.0.0 --port 8000")
OUR_COMMAND = ("python", "-m", "lambda_app", "--host", "0.0.0.0")  # noqa: S104

MEASURES = {
    "start to first 200, half a CPU (s)": 4.5,
    "start to first 200, no limit (s)": 4.5,
    "emulator's INIT, half a CPU (s)": None,
    "rebuild after a changed line (s)": 5.0,
    "size over the base (MB)": 3.0,
    "peak memory of the processes (MB)": None,
    "stop (s)": None,
}


def prepare(ours: Path, peer: Path) -> None:
    """Copies the sources, which the rebuilds change. The peer's get a lock file, as its repository would have one."""
    for name in ("lambda_app", "requirements", "docker"):
        shutil.copytree(ROOT / name, ours / name)
    shutil.copy(ROOT / ".dockerignore", ours)
    shutil.copytree(Path(__file__).parent / "peer", peer, dirs_exist_ok=True)
    shutil.copytree(ROOT / "lambda_app", peer / "lambda_app", ignore=shutil.ignore_patterns("__pycache__"))
    dockerfile = (peer / "Dockerfile").read_text("utf-8").replace("RUN uv sync --frozen", "RUN uv lock")
    (peer / "lock.Dockerfile").write_text(dockerfile, "utf-8")
    build(peer, f"{PEER}:lock", "--file", "lock.Dockerfile")
    with container(f"{PEER}:lock", ("true",)) as locked:
        output(DOCKER, "cp", f"{locked}:/app/uv.lock", str(peer))


def seconds_to_rebuild(rebuild: Callable[[], None], source: Path) -> float:
    with (source / "lambda_app" / "main.py").open("a") as file:
        file.write(f"# {time.monotonic_ns()}\n")
    started = time.monotonic()
    rebuild()
    return time.monotonic() - started


def measure(ours: Path, peer: Path) -> dict[tuple[str, str], list[float]]:
    prepare(ours, peer)
    sources, commands = {OURS: ours, PEER: peer}, {OURS: OUR_COMMAND, PEER: PEER_COMMAND}
    rebuilds: dict[str, Callable[[], None]] = {
        OURS: lambda: build(ours, OURS, "--file", "docker/lambda_app.Dockerfile", "--target", "lambda"),
        PEER: lambda: build(peer, PEER),
    }
    for rebuild in rebuilds.values():
        rebuild()
    emulators = {image: emulated(sources[image], image) for image in rebuilds}
    results: dict[tuple[str, str], list[float]] = {(m, image): [] for m in MEASURES for image in rebuilds}
    for turn in range(ROUNDS):
        print(f"turn {turn + 1} of {ROUNDS}", flush=True)
        for image, rebuild in rebuilds.items():
            memory, stop = memory_and_stop(image)
            values = [
                start_of(image, *HALF_A_CPU),
                start_of(image),
                seconds_of_init(emulators[image], commands[image]),
                seconds_to_rebuild(rebuild, sources[image]),
                megabytes_over_base(image),
                memory,
                stop,
            ]
            for name, value in zip(MEASURES, values, strict=True):
                results[name, image].append(value)
    return results


def print_table(results: dict[tuple[str, str], list[float]]) -> None:
    print(f"\n{ROUNDS} turns\n\n| | ours, median | min | peer, median | min | peer / ours | target |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, target in MEASURES.items():
        ours, peer = results[name, OURS], results[name, PEER]
        middle = [statistics.median(values) for values in (ours, peer)]
        goal = f"{target:g}" if target else {"stop (s)": "below 1 s"}.get(name, "")
        figures = f"{middle[0]:.2f} | {min(ours):.2f} | {middle[1]:.2f} | {min(peer):.2f} | {middle[1] / middle[0]:.1f}"
        print(f"| {name} | {figures} | {goal} |")


def main() -> None:
    check_engine()
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as peer:
        try:
            print_table(measure(Path(ours), Path(peer)))
        finally:
            if images := output(DOCKER, "images", "--quiet", "--filter", "reference=bench_*"):
                output(DOCKER, "rmi", "--force", *set(images.split()))


if __name__ == "__main__":
    exit_with(main)
