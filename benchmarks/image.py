"""What the image costs: size, rebuild, cold start, memory and stop, this project's beside one built as tutorials do.

`make bench-image` runs it; it needs Docker. Both images hold the same app and the same adapter, and take turns in one
run. A start counts from Docker's StartedAt, so that Docker's own work, alike for both, hides no difference.
"""

import contextlib
import http.client
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from running.images import BASES, ROOT
from running.tools import DOCKER, ENVIRONMENT, check_engine, exit_with, output

ROUNDS = int(os.environ.get("ROUNDS") or 7)
OURS, PEER = "bench_ours", "bench_peer"
PYTHON_IMAGE = os.environ.get("PYTHON_IMAGE") or "public.ecr.aws/docker/library/python:3.13-slim"
PEER_COMMAND = ("sh", "-c", "uv run uvicorn lambda_app.main:app --host 0.0.0.0 --port 8000")
OUR_COMMAND = ("python", "-m", "lambda_app", "--host", "0.0.0.0")  # noqa: S104
HALF = ("--cpus", "0.5")
PUBLISHED = ("--publish", "127.0.0.1::8000")
EMULATOR = "/usr/local/bin/aws-lambda-rie"

MEASURES = {
    "start to first 200, half a CPU (s)": 4.5,
    "start to first 200, no limit (s)": 4.5,
    "emulator's INIT, half a CPU (s)": None,
    "rebuild after a changed line (s)": 5.0,
    "size over the base (MB)": 3.0,
    "peak memory of the processes (MB)": None,
    "stop (s)": None,
}


def build(directory: Path, image: str, *options: str) -> None:
    bases = [f"--build-arg={name}={os.environ[name]}" for name in BASES if os.environ.get(name)]
    command = [DOCKER, "build", "--quiet", "--tag", image, *bases, *options, "."]
    subprocess.run(command, cwd=directory, env=ENVIRONMENT, check=True, capture_output=True)


def prepare(ours: Path, peer: Path) -> None:
    """Copies of the sources to build from and to change; the peer's with a lock, as its repository would have one."""
    for name in ("lambda_app", "requirements", "docker"):
        shutil.copytree(ROOT / name, ours / name)
    shutil.copy(ROOT / ".dockerignore", ours)
    shutil.copytree(ROOT / "benchmarks" / "image", peer, dirs_exist_ok=True)
    shutil.copytree(ROOT / "lambda_app", peer / "lambda_app", ignore=shutil.ignore_patterns("__pycache__"))
    dockerfile = (peer / "Dockerfile").read_text("utf-8").replace("RUN uv sync --frozen", "RUN uv lock")
    (peer / "lock.Dockerfile").write_text(dockerfile, "utf-8")
    build(peer, f"{PEER}:lock", "--file", "lock.Dockerfile")
    with container(f"{PEER}:lock", ("true",)) as locked:
        output(DOCKER, "cp", f"{locked}:/app/uv.lock", str(peer))


@contextlib.contextmanager
def container(image: str, command: tuple[str, ...], *options: str) -> Iterator[str]:
    created = output(DOCKER, "create", *options, image, *command)
    try:
        yield created
    finally:
        output(DOCKER, "rm", "--force", "--volumes", created)


def seconds_to_rebuild(rebuild: Callable[[], None], source: Path) -> float:
    with (source / "lambda_app" / "main.py").open("a") as file:
        file.write(f"# {time.monotonic_ns()}\n")
    started = time.monotonic()
    rebuild()
    return time.monotonic() - started


def port_of(running: str) -> int:
    return int(output(DOCKER, "port", running).splitlines()[0].rpartition(":")[2])


def start_of(image: str, *options: str) -> float:
    with container(image, (), *PUBLISHED, *options) as running:
        return start(running)


def start(running: str) -> float:
    output(DOCKER, "start", running)
    port = port_of(running)
    while not answers(port):
        time.sleep(0.005)
    now = time.time()
    started_at = output(DOCKER, "inspect", "--format", "{{.State.StartedAt}}", running)
    return now - datetime.fromisoformat(started_at).timestamp()


def answers(port: int) -> bool:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def memory_and_stop(image: str) -> tuple[float, float]:
    """Megabytes, the peaks of all processes summed, after a start; and the seconds that `docker stop` takes."""
    with container(image, (), *PUBLISHED) as running:
        start(running)
        peaks = output(DOCKER, "exec", running, "sh", "-c", "cat /proc/[0-9]*/status | grep VmHWM")
        kilobytes = sum(int(peak) for peak in re.findall(r"(\d+) kB", peaks))
        started = time.monotonic()
        output(DOCKER, "stop", running)
        return kilobytes / 1000, time.monotonic() - started


def seconds_of_init(image: str, command: tuple[str, ...]) -> float:
    """What the emulator logs when the first event has made it start the adapter and the app."""
    with container(image, command, "--publish", "127.0.0.1::8080", *HALF) as running:
        output(DOCKER, "start", running)
        port = port_of(running)
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
                connection.request("POST", "/2015-03-31/functions/function/invocations", b"{}")
                connection.getresponse().read()
                break
            time.sleep(0.05)
        log = subprocess.run([DOCKER, "logs", running], capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"INIT REPORT\(durationMs: ([\d.]+)", log)[0]) / 1000


def megabytes_over_base(image: str) -> float:
    size, base = (int(output(DOCKER, "inspect", "--format", "{{.Size}}", name)) for name in (image, PYTHON_IMAGE))
    return (size - base) / 1e6


def emulated(directory: Path, image: str) -> str:
    """The image with the emulator as its entry point."""
    base = os.environ.get("EMULATOR_IMAGE") or "public.ecr.aws/lambda/provided:al2023"
    text = f'FROM {base} AS rie\nFROM {image}\nCOPY --from=rie {EMULATOR} {EMULATOR}\nENTRYPOINT ["{EMULATOR}"]\n'
    (directory / "emulated.Dockerfile").write_text(text, "utf-8")
    build(directory, f"{image}:emulated", "--file", "emulated.Dockerfile")
    return f"{image}:emulated"


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
                start_of(image, *HALF),
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
