"""The image holds Lambda's conditions, and holds nothing that doesn't belong into it."""

import json
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from running.images import ROOT
from running.tools import DOCKER, ENVIRONMENT, output
from tests.container.containers import container, wait_for

LAMBDA = "fastapi_sample_test:latest"
AS_ON_LAMBDA = ("--read-only", "--tmpfs", "/tmp", "--user", "993:990", "--cap-drop", "ALL")  # noqa: S108
PUBLISHED = ("--publish", "127.0.0.1::8000")

pytestmark = pytest.mark.usefixtures("images")

# Runs in the image: a request to each route, and then which of the modules that it took have no bytecode.
MISSING_BYTECODE = """
import asyncio, os, sys, uvicorn
from lambda_app.main import app

uvicorn.Config(app).load()
async def call(method, path):
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [], "root_path": ""}
    async def receive(): return {"type": "http.request", "body": b"{}"}
    async def send(message): assert message.get("status", 200) == 200, message
    await app(scope, receive, send)
for method, path in [("GET", "/healthz"), ("GET", "/"), ("GET", "/items/1"), ("GET", "/whoami"), ("POST", "/events")]:
    asyncio.run(call(method, path))
for module in list(sys.modules.values()):
    cached = getattr(getattr(module, "__spec__", None), "cached", None)
    if cached and not os.path.exists(cached) and not module.__name__.startswith("lambda_app"):
        print(cached)
"""


def configuration() -> Any:
    return json.loads(output(DOCKER, "inspect", "--format", "{{json .Config}}", LAMBDA))


@pytest.mark.parametrize("options", [(), AS_ON_LAMBDA], ids=["docker run", "as on Lambda"])
def test_the_app_answers(options: tuple[str, ...]) -> None:
    with container(LAMBDA, options=(*PUBLISHED, *options)) as running:
        wait_for(port := running.port(8000))
        assert httpx.get(f"http://127.0.0.1:{port}/").json() == {"Hello": "World"}


def test_it_starts_without_a_network() -> None:
    ready = (
        "import http.client, time\n"
        "for _ in range(600):\n"
        "    try:\n"
        "        c = http.client.HTTPConnection('127.0.0.1', 8000); c.request('GET', '/healthz')\n"
        "        print(c.getresponse().status); break\n"
        "    except OSError: time.sleep(0.1)\n"
    )
    with container(LAMBDA, options=("--network", "none", *AS_ON_LAMBDA)) as running:
        assert output(DOCKER, "exec", running.id, "python", "-c", ready) == "200"


def test_sigterm_ends_it_in_order_within_a_second() -> None:
    with container(LAMBDA, options=PUBLISHED) as running:
        wait_for(running.port(8000))
        output(DOCKER, "stop", "--time", "1", running.id)  # then Docker kills it, which is status 137
        assert running.state("ExitCode") == "0"
        assert "Application shutdown complete" in running.logs()


def test_it_runs_as_nobody() -> None:
    assert output(DOCKER, "run", "--rm", LAMBDA, "id", "-u") == "65534"


def test_every_module_that_the_app_imports_brings_its_bytecode() -> None:
    assert output(DOCKER, "run", "--rm", "--read-only", LAMBDA, "python", "-c", MISSING_BYTECODE) == ""


def test_no_tool_and_no_cache_is_left_in_it() -> None:
    find = ["find", "/", "-xdev", "(", "-name", "uv", "-o", "-name", "uvx", "-o", "-path", "*/.cache/*", ")"]
    assert output(DOCKER, "run", "--rm", "--user", "0", LAMBDA, *find, "-print") == ""


def test_the_adapter_can_be_started_by_anyone() -> None:
    assert (
        output(DOCKER, "run", "--rm", *AS_ON_LAMBDA, LAMBDA, "sh", "-c", "test -x /opt/extensions/lambda-adapter") == ""
    )


def test_the_adapters_variables_have_their_present_names() -> None:
    names = {text.partition("=")[0] for text in configuration()["Env"]}
    adapters = {
        name for name in names if "LWA" in name or "READINESS" in name or name in ("PORT", "HOST", "ASYNC_INIT")
    }
    assert adapters == {
        "AWS_LWA_PORT",
        "AWS_LWA_READINESS_CHECK_PATH",
        "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS",
        "AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS",
    }


def test_it_says_what_it_is_and_of_which_commit() -> None:
    labels = configuration()["Labels"]
    assert {name.removeprefix("org.opencontainers.image.") for name in labels} == {
        *("title", "description", "licenses", "revision"),
    }
    assert labels["org.opencontainers.image.revision"] != ""


def test_only_sources_and_locks_reach_the_build(tmp_path: Path) -> None:
    """A build that copies all it gets, with everything around that must stay outside."""
    (tmp_path / ".dockerignore").write_text((ROOT / ".dockerignore").read_text("utf-8"), "utf-8")
    inside = ["edge_caller/app.py", "policies/a.json", "lambda_app/main.py", "local_aws/iam/callers.toml"]
    inside += ["requirements/lambda_app.txt", "edge_caller/signer/sigv4.py", "local_aws/reasons/__init__.py"]
    inside += ["local_aws/reasons/path.toml", "local_aws/why/pastes/read.py"]
    outside = [".dev.vars", "lambda_app/.dev.vars", ".git/config", ".venv/bin/python", "lambda_app/__pycache__/a.pyc"]
    outside += [
        "tests/test_a.py",
        "README.md",
        ".env",
        "id_rsa",
        "infra/terraform.tfstate",
        "edge_caller/key.pem",
        "local_aws/why/.env",
    ]
    for path in inside + outside:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    build = [DOCKER, "build", "--quiet", "--file", "-", "--output", "type=tar,dest=-", str(tmp_path)]
    built = subprocess.run(build, input=b"FROM scratch\nCOPY . /\n", capture_output=True, env=ENVIRONMENT, check=True)
    with tarfile.open(fileobj=BytesIO(built.stdout)) as archive:
        assert sorted(member.name for member in archive if member.isfile()) == sorted(inside)
