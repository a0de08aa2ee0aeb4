"""`python -m edge_caller` under load while its credentials end, are renewed and are replaced: no call fails."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_aws.sts.__main__ import token
from running.ports import HOST, Ports, free_ports
from running.processes import local_caller
from tests.faults.processes import Three

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

SESSION_SECONDS = 3
TOKEN_SECONDS = 4
CLIENTS = 8  # the stand-in lets ten in at once
NO_KEY = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}


class Load:
    """Clients that ask who they are, one call after the other. `keys` has for each what the function saw, in order."""

    def __init__(self, port: int) -> None:
        self._url = f"http://{HOST}:{port}/whoami"
        self.keys: dict[int, list[str]] = defaultdict(list)
        self.failed: list[str] = []

    async def one_client(self, number: int) -> None:
        """It keeps one connection, and with it one worker process."""
        async with httpx.AsyncClient(timeout=20) as client:
            while True:
                answer = await client.get(self._url)
                if answer.status_code != 200:
                    self.failed.append(answer.text)
                    continue
                key = answer.json()["caller"]["access_key_id"]
                if self.keys[number][-1:] != [key]:
                    self.keys[number].append(key)

    async def until(self, reached: Callable[[dict[int, list[str]]], bool], seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while not reached(self.keys) and not self.failed:  # noqa: ASYNC110 - what is awaited is the load itself
                await asyncio.sleep(0.05)


@asynccontextmanager
async def load_on(port: int) -> AsyncIterator[Load]:
    load = Load(port)
    tasks = [asyncio.create_task(load.one_client(number)) for number in range(CLIENTS)]
    try:
        yield load
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert load.failed == []


class TokenFile:
    """A token of the local issuer that expires soon, and is written again before, as Kubernetes does."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.path = folder / "token"
        self.keys = folder / "oidc"
        self._variables = {"INSPECTOR_PORT": str(ports.inspector), "LOCAL_AWS_OIDC_KEYS": str(self.keys)}

    def write(self) -> None:
        claims = {"CLAIMS": json.dumps({"exp": int(time.time()) + TOKEN_SECONDS})}
        put(self.path, token(self._variables | claims))

    async def renew(self) -> None:
        while True:
            await asyncio.to_thread(self.write)
            await asyncio.sleep(TOKEN_SECONDS / 4)


def put(path: Path, text: str) -> None:
    """At once: nobody reads half a file."""
    new = path.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(path)


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_roles_credentials_are_renewed_through_three_lifetimes(tmp_path: Path, workers: int) -> None:
    """Each worker process renews its own: they are forked after the start has asked for the first."""
    ports = free_ports()
    tokens = TokenFile(tmp_path, ports)
    tokens.write()
    role: Any = NO_KEY | {
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/edge-caller-role",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tokens.path),
        "AWS_ENDPOINT_URL_STS": f"http://{HOST}:{ports.inspector}/sts",
    }
    stand_in = {"LOCAL_AWS_SESSION_SECONDS": str(SESSION_SECONDS), "LOCAL_AWS_OIDC_KEYS": str(tokens.keys)}
    renewing = asyncio.create_task(tokens.renew())
    with Three(stand_in, ports=ports, EDGE_WORKERS=str(workers), **role) as three:
        async with load_on(three.edge.port) as load:
            await load.until(lambda keys: len(keys) == CLIENTS and all(len(seen) > 3 for seen in keys.values()))
    renewing.cancel()
    assert all(key.startswith("ASIA") for seen in load.keys.values() for key in seen)
    assert len({seen[1] for seen in load.keys.values()}) == workers


def variables(port: int, caller: str) -> str:
    key = local_caller(caller)
    lines = {
        "FUNCTION_URL": f"http://{HOST}:{port}",
        "AWS_REGION": "ap-northeast-1",
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "AWS_SESSION_TOKEN": key.session_token or "",
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


async def test_a_key_that_is_replaced_in_dev_vars_is_used_without_a_restart(tmp_path: Path) -> None:
    """Also where it is written slowly, and where the file is malformed in between."""
    ports, file, lines = free_ports(), tmp_path / ".dev.vars", list[str]()
    first, second = (local_caller(name).access_key_id for name in ("edge-caller", "temporary-caller"))
    file.write_text(variables(ports.local_aws, "edge-caller"))
    three = Three(ports=ports, DEV_VARS=str(file))
    three.edge.on_line = lines.append
    with three:
        async with load_on(three.edge.port) as load:
            await load.until(lambda keys: len(keys) == CLIENTS)
            new = variables(ports.local_aws, "temporary-caller")
            with file.open("w") as slowly:
                for part in (new[:150], new[150:170], new[170:]):
                    slowly.write(part)
                    slowly.flush()
                    await asyncio.sleep(0.1)
            await load.until(lambda keys: all(seen == [first, second] for seen in keys.values()))
            file.write_text(variables(ports.local_aws, "edge-caller").replace("AWS_SECRET", "SECRET"))
            await load.until(lambda _: any("The old key is still used" in line for line in lines))
            assert all(seen == [first, second] for seen in load.keys.values())
            file.unlink()
            file.write_text(variables(ports.local_aws, "edge-caller"))
            await load.until(lambda keys: all(seen == [first, second, first] for seen in keys.values()))
    said = [line for line in lines if line.startswith("edge_caller: ")][2:]
    assert [line.partition(str(file))[2][:16] for line in said] == [
        " has another key",
        ", and AWS_ACCESS",
        " has another key",
    ]
    assert not [line for line in lines for secret in ("local-secret", "local-session") if secret in line]
