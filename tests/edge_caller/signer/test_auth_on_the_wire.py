"""Over a real socket: a raw server keeps the bytes that arrived, and the stand-in's verifier recomputes from them."""

import asyncio
import http.client
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import httpx2
import pytest
import requests

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.presign import presign
from edge_caller.signer.sigv4 import Credentials
from local_aws.errors import Refusal
from local_aws.iam.callers import Caller
from local_aws.iam.checks import verify
from local_aws.iam.claim import claim_of
from local_aws.received import ReceivedRequest
from tests.edge_caller.signer.clients import LIBRARIES

REGION = "ap-northeast-1"
CREDENTIALS = Credentials("AKIALOCAL00000000001", "secret", "token")
CALLER = Caller("caller", "arn", CREDENTIALS.access_key_id, CREDENTIALS.secret_access_key, (), "token")


class RawServer:
    """Answers each connection's one request with 200 and keeps the bytes it was sent."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                data = b""
                while not is_whole(data):
                    data += connection.recv(65536)
                self.received.append(data)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


def is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    if re.search(rb"\r\ntransfer-encoding: chunked", head, re.IGNORECASE):
        return body.endswith(b"0\r\n\r\n")
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def parsed(data: bytes) -> ReceivedRequest:
    head, _, body = data.partition(b"\r\n\r\n")
    request_line, *lines = head.split(b"\r\n")
    method, target, version = request_line.decode("ascii").split(" ")
    headers = tuple((n.decode("ascii").lower(), v.strip()) for n, _, v in (line.partition(b":") for line in lines))
    if ("transfer-encoding", b"chunked") in headers:
        chunks = body.split(b"\r\n")
        body = b"".join(chunks[1::2])
    path, _, query = target.partition("?")
    return ReceivedRequest(method, path, query, headers, body, "127.0.0.1", version.removeprefix("HTTP/"))


@pytest.fixture
def server() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.close()


def check(data: bytes) -> None:
    """Raises the Refusal unless the bytes carry a signature of their own."""
    request = parsed(data)
    claim = claim_of(request)
    assert claim is not None
    verify(request, claim, {CALLER.access_key_id: CALLER}, REGION, datetime.now(UTC))


def parts() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


REQUESTS: dict[str, dict[str, Any]] = {
    "plain": {"method": "GET", "url": "/"},
    "params": {"method": "GET", "url": "/items/42", "params": {"q": "a b+c", "é": "/?:@", "empty": ""}},
    "query as typed": {"method": "GET", "url": "/?b=2&a=%2f&&flag&a=1+1&100%"},
    "odd path": {"method": "DELETE", "url": "/a%2Fb//c%20d/(!*')/あ;x=1,2"},
    "json": {"method": "POST", "url": "/", "json": {"é": "\u0000"}},
    "form": {"method": "POST", "url": "/", "data": {"a": "b c"}},
    "multipart": {"method": "PUT", "url": "/", "files": {"f": b"content"}},
    "generator": {"method": "POST", "url": "/", "content": parts},
    "headers": {
        "method": "GET",
        "url": "/",
        "headers": [(b"x-amz-meta", b"2"), (b"X-Amz-Meta", "1  é".encode()), (b"x-amz-content-sha256", b"0" * 64)],
    },
    "target": {"method": "GET", "url": "/", "extensions": {"target": b"//a%20b/(c)?q=1+2&a="}},
    "explicit host": {"method": "GET", "url": "/", "headers": {"host": "abc.lambda-url.ap-northeast-1.on.aws"}},
}


def arguments_of(name: str) -> dict[str, Any]:
    return {key: value() if callable(value) else value for key, value in REQUESTS[name].items()}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", REQUESTS)
def test_a_sync_client_sends_the_bytes_that_were_signed(server: RawServer, name: str, library: str) -> None:
    module, auth = LIBRARIES[library]
    with module.Client(base_url=server.url, auth=auth(CREDENTIALS, region=REGION), trust_env=False) as client:
        client.request(**arguments_of(name))
    check(server.received[0])


@pytest.mark.anyio
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", [name for name in REQUESTS if name != "generator"])
async def test_an_async_client_sends_the_bytes_that_were_signed(server: RawServer, name: str, library: str) -> None:
    module, auth = LIBRARIES[library]
    async with module.AsyncClient(
        base_url=server.url, auth=auth(CREDENTIALS, region=REGION), trust_env=False
    ) as client:
        await client.request(**arguments_of(name))
    check(server.received[0])


def get_with_aiohttp(url: str) -> None:
    async def get() -> None:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            await response.read()

    asyncio.run(get())


def get_with_http_client(url: str) -> None:
    """Python's own client, which changes nothing."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    connection.getresponse().read()
    connection.close()


GETTERS = {
    "httpx": lambda url: httpx.get(url, trust_env=False),
    "httpx2": lambda url: httpx2.get(url, trust_env=False),
    "requests": lambda url: requests.get(url, proxies={"http": ""}, timeout=10),
    "aiohttp": get_with_aiohttp,
    "http.client": get_with_http_client,
}
PRESIGNED = [
    "/",
    "/a%20b?z=1&a=2",
    "/a%2fb/%7euser/%41",
    "/a/../b/./%2e%2e/c",
    "/a|b^c[d]`{}/é?é=ü&q=a b+c",
    "//a//b/?q=100%&&flag&x=%2f",
    "/!$&'()*+,;=:@?/?:@!$'()*,;=[]",
    "/100%/%zz",
]


@pytest.mark.parametrize("client", GETTERS)
@pytest.mark.parametrize("target", PRESIGNED)
def test_a_presigned_url_is_signed_as_every_client_sends_it(server: RawServer, target: str, client: str) -> None:
    url = presign(
        server.url.replace("http://127.0.0.1", "HTTP://LocalHost") + target,
        credentials=CREDENTIALS,
        region=REGION,
        timestamp=datetime.now(UTC),
        expires_seconds=60,
    )
    GETTERS[client](url)
    check(server.received[0])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"POST /", b"PUT /"),
        (b"/items", b"/item"),
        (b"q=1", b"q=2"),
        (b"text/plain", b"text/html"),
        (b"127.0.0.1", b"localhost"),
        (b"body", b"bode"),
        (b"x-amz-meta: 1", b"x-amz-meta: 2"),
    ],
    ids=["method", "path", "query", "content type", "host", "body", "header"],
)
def test_a_byte_changed_on_the_way_is_found_out(server: RawServer, old: bytes, new: bytes) -> None:
    auth = SigV4Auth(CREDENTIALS, region=REGION)
    headers = {"content-type": "text/plain", "x-amz-meta": "1"}
    with httpx.Client(base_url=server.url, auth=auth, trust_env=False) as client:
        client.post("/items?q=1", content=b"body", headers=headers)
    [data] = server.received
    check(data)
    assert old in data
    with pytest.raises(Refusal):
        check(data.replace(old, new, 1))
