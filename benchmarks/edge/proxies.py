"""The proxies that are measured: this edge caller, its peers, and those that the command line adds."""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.edge.processes import listening
from benchmarks.edge.versions import edge_caller
from running.ports import free_port
from running.program import ROOT
from running.tools import ToolError, output

WORKERS = Path(__file__).parent / "workers"
WORKERD = WORKERS / "node_modules" / "@cloudflare" / "workerd-linux-64" / "bin" / "workerd"
EDGE = "edge caller"
LIKE_FOR_LIKE = "Worker, like for like"
ARTICLE = "Worker, the article's"
FASTAPI = "FastAPI + httpx"
PLACES = ("port", "upstream", "scheme", "host")
VARIABLES = {
    "AWS_REGION": "ap-northeast-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE000000001",
    "AWS_SECRET_ACCESS_KEY": "not-a-real-secret-access-key",
    "DEV_VARS": "",
}


@dataclass(frozen=True)
class Proxy:
    """`command` has {port} and, where the variable FUNCTION_URL isn't enough, {upstream}, {scheme} and {host}."""

    name: str
    command: Sequence[str]
    folder: Path = ROOT
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    port: int
    pid: int


def other_proxy(text: str) -> Proxy:
    """The proxy of --with: NAME=COMMAND. Raises ToolError."""
    name, separator, command = text.partition("=")
    if not separator or not name.strip() or not command.strip() or "|" in name:
        raise ToolError(f"--with {text!r}: expected NAME=COMMAND, such as 'mine=./proxy --port {{port}} {{upstream}}'")
    try:
        words = shlex.split(command)
        filled = [word.format(**dict.fromkeys(PLACES, "x")) for word in words]
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        raise ToolError(f"--with {text!r}: the command isn't well formed: it may use {placeholders()}") from error
    if "{port}" not in command or filled == [word.replace("{port}", "x") for word in words]:
        raise ToolError(f"--with {text!r}: the command needs {{port}}, and {{upstream}} or {{host}}")
    return Proxy(name.strip(), words)


def placeholders() -> str:
    return ", ".join(f"{{{place}}}" for place in PLACES)


def filled_command(command: Sequence[str], port: int, upstream: str) -> list[str]:
    scheme, _, host = upstream.rstrip("/").partition("://")
    return [word.format(port=port, upstream=upstream, scheme=scheme, host=host) for word in command]


def fastapi_peer() -> Proxy:
    app = ["-m", "uvicorn", "benchmarks.edge.fastapi_httpx:app", "--port", "{port}", "--no-access-log"]
    return Proxy(FASTAPI, [sys.executable, *app])


def install_workers() -> str | None:
    """Installs workerd and the Workers' packages; None if that worked, else one sentence."""
    if not shutil.which("npm"):
        return "npm isn't installed: the Workers are left out"
    try:
        output("npm", "ci", "--prefix", str(WORKERS), "--no-audit", "--no-fund", "--silent")
    except ToolError as error:
        return f"the Workers are left out: {error}"
    return None


def worker(name: str, file: str, directory: Path) -> Proxy:
    """workerd with the Worker in `file`, bundled into the directory, which has the upstream's certificate."""
    build = directory / file
    build.mkdir()
    esbuild = [str(WORKERS / "node_modules" / ".bin" / "esbuild"), f"{file}.js", "--bundle", "--format=esm"]
    subprocess.run([*esbuild, "--log-level=error", f"--outfile={build / 'worker.js'}"], cwd=WORKERS, check=True)
    shutil.copy(WORKERS / "config.capnp", build)
    shutil.copy(directory / "certificate.pem", build)
    return Proxy(name, [str(WORKERD), "serve", str(build / "config.capnp"), "--socket-addr=http=127.0.0.1:{port}"])


def worker_versions() -> str:
    packages = json.loads((WORKERS / "package.json").read_text("utf-8"))["dependencies"]
    named = ", ".join(f"{name} {packages[name]}" for name in ("workerd", "hono", "aws4fetch"))
    return f"Node {output('node', '--version').lstrip('v')}, {named}"


def this_edge_caller(name: str = EDGE, **variables: str) -> Proxy:
    return Proxy(name, edge_caller(ROOT), variables=variables)


@contextmanager
def running(
    proxies: Sequence[Proxy], on_cores: Sequence[int], upstream: str, certificate: Path
) -> Iterator[dict[str, Running]]:
    """All the proxies by name, each listening, in front of the same upstream and on the same cores."""
    variables = VARIABLES | {"FUNCTION_URL": upstream, "SSL_CERT_FILE": str(certificate)}
    with ExitStack() as stack:
        found = {}
        for proxy in proxies:
            port = free_port()
            command = filled_command(proxy.command, port, upstream)
            started = listening(proxy.name, on_cores, command, port, variables | proxy.variables, proxy.folder)
            found[proxy.name] = Running(port, stack.enter_context(started))
        yield found
