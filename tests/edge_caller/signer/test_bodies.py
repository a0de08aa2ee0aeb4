"""Bodies of every kind, in clients of httpx and httpx2, sync and async: signed whole, or rejected before sending."""

import hashlib
import io
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from edge_caller.signer.errors import SigningError
from tests.edge_caller.signer.clients import CREDENTIALS, LIBRARIES, URL

both_libraries = pytest.mark.parametrize("library", LIBRARIES)
HASH = {"x-amz-content-sha256": "0" * 64}  # the signer writes the SHA-256 of the body here


def parts() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


async def async_parts() -> AsyncIterator[bytes]:
    yield b"one"
    yield b"two"


class AsyncFile:
    """What anyio's and aiofiles' files look like."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return async_parts()


ANY_CLIENT: dict[str, Callable[[], dict[str, Any]]] = {
    "bytes": lambda: {"content": b"onetwo"},
    "str": lambda: {"content": "onetwo"},
    "form": lambda: {"data": {"a": "b c"}},
    "json": lambda: {"json": {"a": 1}},
    "multipart": lambda: {"files": {"f": b"content"}},
    "multipart of a file": lambda: {"files": {"f": io.BytesIO(b"content")}},
    "none": dict,
}
SYNC: dict[str, Callable[[], dict[str, Any]]] = {
    "generator": lambda: {"content": parts()},
    "iterator": lambda: {"content": iter([b"one", b"two"])},
    "list": lambda: {"content": [b"one", b"two"]},
    "file": lambda: {"content": io.BytesIO(b"onetwo")},
}
ASYNC: dict[str, Callable[[], dict[str, Any]]] = {
    "async generator": lambda: {"content": async_parts()},
    "async file": lambda: {"content": AsyncFile()},
}


def sent_by(library: str, make_request: Callable[[Any], Any]) -> Any:
    """The one request that a sync client sends."""
    module, sigv4_auth = LIBRARIES[library]
    sent: list[Any] = []

    def answer(request: Any) -> Any:
        sent.append(request)
        return module.Response(200)

    transport = module.MockTransport(answer)
    with module.Client(transport=transport, auth=sigv4_auth(CREDENTIALS)) as client:
        client.send(make_request(module))
    [request] = sent
    return request


async def sent_by_async(library: str, make_request: Callable[[Any], Any]) -> Any:
    module, sigv4_auth = LIBRARIES[library]
    sent: list[Any] = []

    def answer(request: Any) -> Any:
        sent.append(request)
        return module.Response(200)

    transport = module.MockTransport(answer)
    async with module.AsyncClient(transport=transport, auth=sigv4_auth(CREDENTIALS)) as client:
        await client.send(make_request(module))
    [request] = sent
    return request


def check_hash(request: Any, kind: str) -> None:
    assert request.headers["x-amz-content-sha256"] == hashlib.sha256(request.content).hexdigest()
    assert bool(request.content) == (kind != "none")
    if kind in {**SYNC, **ASYNC}:
        assert request.content == b"onetwo"


@both_libraries
@pytest.mark.parametrize("kind", ANY_CLIENT | SYNC)
def test_a_sync_client_signs_the_whole_body(library: str, kind: str) -> None:
    make = (ANY_CLIENT | SYNC)[kind]
    check_hash(sent_by(library, lambda module: module.Request("POST", URL, headers=HASH, **make())), kind)


@pytest.mark.anyio
@both_libraries
@pytest.mark.parametrize("kind", ANY_CLIENT | ASYNC)
async def test_an_async_client_signs_the_whole_body(library: str, kind: str) -> None:
    make = (ANY_CLIENT | ASYNC)[kind]
    check_hash(await sent_by_async(library, lambda module: module.Request("POST", URL, headers=HASH, **make())), kind)


@both_libraries
@pytest.mark.parametrize("kind", ASYNC)
def test_a_sync_client_rejects_an_async_body(library: str, kind: str) -> None:
    with pytest.raises(SigningError, match=r"^the body is an async iterator: use an AsyncClient, or pass bytes or a s"):
        sent_by(library, lambda module: module.Request("POST", URL, **ASYNC[kind]()))


@pytest.mark.anyio
@both_libraries
@pytest.mark.parametrize("kind", SYNC)
async def test_an_async_client_rejects_a_sync_body(library: str, kind: str) -> None:
    with pytest.raises(SigningError, match=r"^the body is a sync iterator: use a Client, or pass bytes or an async it"):
        await sent_by_async(library, lambda module: module.Request("POST", URL, **SYNC[kind]()))


CONSUMED = "^the body's stream was read before: make the request again, with its whole body$"


@both_libraries
def test_a_sync_client_rejects_a_consumed_stream(library: str) -> None:
    request = LIBRARIES[library][0].Request("POST", URL, content=parts())
    assert list(request.stream) == [b"one", b"two"]
    with pytest.raises(SigningError, match=CONSUMED):
        sent_by(library, lambda module: request)


@pytest.mark.anyio
@both_libraries
async def test_an_async_client_rejects_a_consumed_stream(library: str) -> None:
    request = LIBRARIES[library][0].Request("POST", URL, content=async_parts())
    assert [part async for part in request.stream] == [b"one", b"two"]
    with pytest.raises(SigningError, match=CONSUMED):
        await sent_by_async(library, lambda module: request)


@both_libraries
def test_the_error_of_a_body_itself_comes_through(library: str) -> None:
    def broken() -> Iterator[bytes]:
        yield b"one"
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        sent_by(library, lambda module: module.Request("POST", URL, content=broken()))
