"""The platforms that run Workers, as processes: Pyodide under Node for Python, workerd for JavaScript.

It downloads one thing, the Worker's packages, and keeps them: a second run needs no network.
Source: Pyodide's documentation, "Using Pyodide in Node.js"; the schema of workerd's configuration, `workerd.capnp`.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from running.program import Program, started

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REQUIREMENTS = ROOT / "requirements" / "worker.txt"
CACHE = HERE / ".cache"
HONO = HERE / "node_modules" / "hono" / "dist"
START_SECONDS = 60

# What Workers run since the compatibility date in wrangler.jsonc.
PYTHON_VERSION = "3.14"
PYTHON_PLATFORM = "pyemscripten_2026_0_wasm32"


def python_modules() -> Path:
    """A folder with what pywrangler would install into the Worker, at the versions and hashes of the lock."""
    lock = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"python_modules-{lock}"
    if not folder.exists():
        unfinished = CACHE / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        options: list[str | Path] = [
            "--quiet",
            "--target",
            unfinished,
            "--python-version",
            PYTHON_VERSION,
            "--only-binary",
            ":all:",
        ]
        locked: list[str | Path] = ["--no-deps", "--require-hashes", "--requirement", REQUIREMENTS]
        options += ["--python-version", PYTHON_VERSION]
        subprocess.run([*installer(), *options, *locked], check=True)
        unfinished.rename(folder)
    return folder


def installer() -> list[str]:
    """uv where it is present, which makes environments without pip, else pip."""
    if shutil.which("uv"):
        return ["uv", "pip", "install"]
    return [sys.executable, "-m", "pip", "install", "--no-compile", "--platform", PYTHON_PLATFORM]


@contextlib.contextmanager
def server(command: list[str | Path], variables: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Runs a server of tests/interop until the block ends. Gives the line of JSON that it writes once it listens."""
    lines: list[str] = []
    ready: list[dict[str, Any]] = []

    def read(line: str) -> None:
        if line.startswith("{") and not ready:
            ready.append(json.loads(line))
        else:
            lines.append(line)

    program = Program(Path(command[0]).name, command, os.environ | variables, folder=HERE, on_line=read)
    try:
        with started(program, lambda: bool(ready), START_SECONDS):
            yield ready[0]
    finally:
        print("\n".join(lines))


@contextlib.contextmanager
def pyodide_worker(variables: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The Python Worker, its `url`, and what its import took."""
    command: list[str | Path] = ["node", "pyodide_worker.mjs", ROOT / "worker" / "src", python_modules()]
    with server(command, {"WORKER_ENV": json.dumps(variables)}) as ready:
        yield ready | {"url": f"http://127.0.0.1:{ready['port']}"}


@contextlib.contextmanager
def workerd_worker(script: str | Path, variables: Mapping[str, str], folder: Path) -> Iterator[str]:
    """A JavaScript Worker under workerd, with Hono and aws4fetch to import. Gives its URL."""
    configuration = folder / "workerd.capnp"
    configuration.write_text(workerd_configuration(script, variables), "utf-8")
    command: list[str | Path] = ["node_modules/.bin/workerd", "serve", configuration]
    with server([*command, "--import-path=.", "--control-fd=1"], {}) as ready:
        yield f"http://127.0.0.1:{ready['port']}"


def workerd_configuration(script: str | Path, variables: Mapping[str, str]) -> str:
    """Each file of Hono is a module of its own, under the name that Hono's files import it by: no bundler is needed."""
    aws4fetch = HERE / "node_modules" / "aws4fetch" / "dist" / "aws4fetch.esm.mjs"
    modules = {"aws4fetch": aws4fetch, "hono": HONO / "index.js"}
    modules |= {str(p.relative_to(HONO)): p for p in sorted(HONO.rglob("*.js")) if "cjs" not in p.parts}
    worker = json.dumps((HERE / script).read_text("utf-8"), ensure_ascii=False)
    embedded = [f'(name = "worker", esModule = {worker})']
    embedded += [f'(name = "{name}", esModule = embed "/{p.relative_to(HERE)}")' for name, p in modules.items()]
    bindings = [f"(name = {json.dumps(name)}, text = {json.dumps(text)})" for name, text in variables.items()]
    return f"""using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [{", ".join(embedded)}],
      bindings = [{", ".join(bindings)}],
      compatibilityDate = "2026-09-08")),
    (name = "internet", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
"""
