"""The edge caller behind a real nginx, over HTTP/1.0 and 1.1, with kept connections and with new ones."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from running.ports import HOST, answers, free_port
from running.program import Program, started
from tests.faults.edge_process import edge_process
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
    upstream edge {{ server 127.0.0.1:{edge}; keepalive {kept}; }}
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
async def nginx(folder: Path, edge: int, version: str, kept: int) -> AsyncIterator[int]:
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, edge=edge, port=port, version=version, kept=kept))
    program = Program("nginx", ["/usr/sbin/nginx", "-e", f"{folder}/error.log", "-c", str(file)], {})
    with started(program, lambda: answers(port)):
        yield port


@pytest.mark.parametrize(("version", "kept"), [("1.0", 1), ("1.1", 1), ("1.1", 8)])
async def test_requests_arrive_whole_and_say_where_they_came_from(tmp_path: Path, version: str, kept: int) -> None:
    function = Function()
    async with (
        edge_process(function, EDGE_TRUSTED_PROXIES=HOST) as edge,
        nginx(tmp_path, edge.port, version, kept) as port,
        httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False) as client,
    ):
        bodies = [b"order=%d" % number for number in range(40)]
        got = await asyncio.gather(*(client.post("/orders", content=body) for body in bodies))
        assert [answer.text for answer in got] == ["ok"] * 40
    assert sorted(body for _, body in function.requests) == sorted(bodies)
    heads = [start.lower() for start, _ in function.requests]
    assert all(b"x-forwarded-for: 127.0.0.1\r\n" in start for start in heads)
    assert all(b"x-forwarded-host: public.example\r\n" in start for start in heads)
