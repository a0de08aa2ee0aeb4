"""The edge caller behind a real nginx, over HTTP/1.0 and 1.1, with kept connections and with new ones."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from running.ports import HOST, answers, free_port
from running.program import Program, started
from tests.faults.edge_process import Edge, edge_process
from tests.faults.test_hostile_clients import Function

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.faults,
    pytest.mark.skipif(not shutil.which("nginx", path="/usr/sbin:/usr/bin"), reason="there is no nginx here"),
]

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    upstream edge {{ {servers} {kept} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://edge;
            proxy_http_version {version};
            proxy_set_header Connection "";
            proxy_set_header Host public.example;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""


@asynccontextmanager
async def nginx(folder: Path, edges: Sequence[int], version: str = "1.1", kept: int = 0) -> AsyncIterator[int]:
    """nginx's port. It keeps so many connections to the edges; with 0 each request has one of its own."""
    port = free_port()
    file = folder / "nginx.conf"
    servers = " ".join(f"server 127.0.0.1:{edge};" for edge in edges)
    keepalive = f"keepalive {kept};" if kept else ""
    file.write_text(CONFIGURATION.format(folder=folder, servers=servers, port=port, version=version, kept=keepalive))
    program = Program("nginx", ["/usr/sbin/nginx", "-e", f"{folder}/error.log", "-c", str(file)], {})
    with started(program, lambda: answers(port)):
        yield port


@pytest.mark.parametrize(("version", "kept"), [("1.0", 1), ("1.1", 1), ("1.1", 8)])
async def test_requests_arrive_whole_and_say_where_they_came_from(tmp_path: Path, version: str, kept: int) -> None:
    function = Function()
    async with (
        edge_process(function, EDGE_TRUSTED_PROXIES=HOST) as edge,
        nginx(tmp_path, [edge.port], version, kept) as port,
        httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False) as client,
    ):
        bodies = [b"order=%d" % number for number in range(40)]
        got = await asyncio.gather(*(client.post("/orders", content=body) for body in bodies))
        assert [answer.text for answer in got] == ["ok"] * 40
    assert sorted(body for _, body in function.requests) == sorted(bodies)
    heads = [start.lower() for start, _ in function.requests]
    assert all(b"x-forwarded-for: 127.0.0.1\r\n" in start for start in heads)
    assert all(b"x-forwarded-host: public.example\r\n" in start for start in heads)


class Load:
    """Clients that post one order after the other, until they are told to stop. `statuses` are the answers so far."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._stopped = False
        self.statuses: list[int] = []

    async def go_on(self) -> None:
        while not self._stopped:
            answer = await self._client.post("/orders", content=b"order=42")
            self.statuses.append(answer.status_code)

    async def more(self, count: int) -> None:
        """Waits for so many further answers."""
        wanted = len(self.statuses) + count
        while len(self.statuses) < wanted:  # noqa: ASYNC110 - what is awaited is the load itself
            await asyncio.sleep(0.01)

    def stop(self) -> None:
        self._stopped = True


CLIENTS = 8


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_of_two_edges_one_may_go(tmp_path: Path, number: signal.Signals) -> None:
    """They keep no state, so either answers everything. A POST that was in flight at a killed one is never repeated."""
    async with (
        edge_process(Function()) as one,
        edge_process(Function()) as other,
        nginx(tmp_path, [one.port, other.port]) as port,
        httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=20) as client,
        asyncio.TaskGroup() as group,
    ):
        load = Load(client)
        for _ in range(CLIENTS):
            group.create_task(load.go_on())
        await load.more(200)
        await asyncio.to_thread(end, one, number)
        await load.more(200)
        load.stop()
    lost = [status for status in load.statuses if status != 200]
    assert len(lost) <= (CLIENTS if number is signal.SIGKILL else 0), lost
    assert set(lost) <= {502}


def end(edge: Edge, number: signal.Signals) -> None:
    if number is signal.SIGKILL:
        os.killpg(edge.process.pid, number)
    else:
        edge.process.send_signal(number)
    edge.process.wait(20)
