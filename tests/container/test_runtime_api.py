"""The project's own Runtime API with the real adapter: a response arrives as the app makes it, and failures end well.

It runs in Lambda's conditions, as AWS's emulator does in the other tests. The app's own port is published too: there
the test opens the gate that holds a stream.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio
import httpx
import pytest

from local_aws.function.emulator import INVOKE_PATH
from local_aws.function.streaming import END_OF_PRELUDE
from running.tools import DOCKER, output
from tests.container.containers import IMAGE, container, wait_for
from tests.container.test_conformance import event_for

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("images")]

SECONDS = 30  # until what has to happen has happened
APP = """
import asyncio, os, uvicorn

opened, log = asyncio.Event(), []

async def app(scope, receive, send):
    path = scope["path"]
    log.append("begins " + path)
    if path == "/open":
        opened.set()
    if path == "/dies":
        os._exit(7)
    if path == "/hangs":
        await asyncio.sleep(60)
    status = HEALTH if path == "/healthz" else 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    if path in ("/gate", "/hangs-midway", "/dies-midway"):
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
    if path == "/gate":
        await opened.wait()
    if path == "/hangs-midway":
        await asyncio.sleep(60)
    if path == "/dies-midway":
        os._exit(7)
    if path == "/200-MB":
        for _ in range(3200):
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
    body = repr(log).encode() if path == "/log" else b"last"
    await send({"type": "http.response.body", "body": body})
    log.append("ends " + path)

uvicorn.run(app, host="0.0.0.0", port=8000, lifespan="off")
"""


class Function:
    """The function in its container: its Invoke API, and the app's own port."""

    def __init__(self, invoke: httpx.AsyncClient, app: httpx.AsyncClient) -> None:
        self._invoke, self.app = invoke, app

    @asynccontextmanager
    async def streamed(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        content = json.dumps(event_for("GET", path, [], b""))
        async with self._invoke.stream("POST", INVOKE_PATH.decode(), content=content) as response:
            assert response.status_code == 200
            yield response.aiter_raw()

    async def called(self, path: str) -> tuple[int, bytes]:
        """The status of the Invoke API, and the body behind the prelude; without a prelude, all of it."""
        response = await self._invoke.post(INVOKE_PATH.decode(), content=json.dumps(event_for("GET", path, [], b"")))
        return response.status_code, response.content.partition(END_OF_PRELUDE)[2] or response.content


@contextmanager
def function_container(command: tuple[str, ...], *options: str) -> Iterator[dict[int, str]]:
    """The URL of each of its ports."""
    lambda_like = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--user", "993:990")  # noqa: S108
    published = ("--publish", "127.0.0.1::8080", "--publish", "127.0.0.1::8000")
    limits = ("--env", "AWS_LWA_INVOKE_MODE=response_stream", "--env", "AWS_LAMBDA_FUNCTION_TIMEOUT=5")
    with container(f"{IMAGE}:local", *command, options=(*lambda_like, *published, *limits, *options)) as started:
        wait_for(started.port(8080))
        yield {port: f"http://127.0.0.1:{started.port(port)}" for port in (8080, 8000)}


@asynccontextmanager
async def function(
    source: str = APP.replace("HEALTH", "200"), *options: str, command: tuple[str, ...] = ()
) -> AsyncIterator[Function]:
    with function_container(command or ("python", "-c", source), *options) as urls, anyio.fail_after(120):
        async with (
            httpx.AsyncClient(base_url=urls[8080], timeout=SECONDS) as invoke,
            httpx.AsyncClient(base_url=urls[8000], timeout=SECONDS) as app,
        ):
            yield Function(invoke, app)


async def read_until(pieces: AsyncIterator[bytes], end: bytes) -> bytes:
    got = b""
    async for piece in pieces:
        got += piece
        if got.endswith(end):
            break
    return got


async def test_the_first_piece_arrives_while_the_app_holds_the_second_back() -> None:
    async with function() as called, called.streamed("/gate") as pieces:
        prelude, _, body = (await read_until(pieces, b"first")).partition(END_OF_PRELUDE)
        assert (json.loads(prelude)["statusCode"], body) == (200, b"first")
        await called.app.get("/open")
        assert await read_until(pieces, b"last") == b"last"


async def test_a_client_that_leaves_does_not_stop_the_function() -> None:
    async with function() as called:
        async with called.streamed("/gate") as pieces:
            await read_until(pieces, b"first")
        await called.app.get("/open")
        _, log = await called.called("/log")
        assert b"'ends /gate'" in log


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/hangs", 200, b"Task timed out after 5.00 seconds"),
        ("/dies", 200, b'"errorType"'),
        ("/dies-midway", 200, b"firstLambda-Runtime-Function-Error-Type: Runtime.StreamError"),
    ],
)
async def test_a_call_that_ends_badly_says_so_and_the_environment_is_started_again(
    path: str, status: int, said: bytes
) -> None:
    async with function() as called:
        found, body = await called.called(path)
        assert found == status
        assert said in body
        assert await called.called("/fine") == (200, b"last")
        assert path.encode() not in (await called.called("/log"))[1], "it is the same process"


async def test_a_stream_that_times_out_midway_breaks_off() -> None:
    async with function() as called:
        async with called.streamed("/hangs-midway") as pieces:
            await read_until(pieces, b"first")
            with pytest.raises(httpx.RemoteProtocolError):
                await read_until(pieces, b"last")
        assert await called.called("/fine") == (200, b"last")


async def test_an_app_that_ends_at_once_is_an_init_error() -> None:
    async with function("import sys; sys.exit(7)") as called:
        status, body = await called.called("/fine")
        assert (status, json.loads(body)["errorType"]) == (502, "Runtime.ExitError")
        assert "exited with error: exit status 7" in json.loads(body)["errorMessage"]


async def test_a_command_that_is_missing_is_an_init_error() -> None:
    async with function(command=("no-such-program",)) as called:
        status, body = await called.called("/fine")
        assert (status, json.loads(body)["errorType"]) == (502, "Runtime.InvalidEntrypoint")


async def test_an_app_that_starts_at_the_second_attempt_works_then() -> None:
    fails_once = "import os\nif not os.path.exists('/tmp/tried'): open('/tmp/tried', 'w').close(); os._exit(1)\n"
    async with function(fails_once + APP.replace("HEALTH", "200")) as called:
        assert (await called.called("/fine"))[0] == 502
        assert await called.called("/fine") == (200, b"last")


async def test_an_app_that_is_never_ready_is_an_init_error() -> None:
    source = APP.replace("HEALTH", "404")
    async with function(source, "--env", "AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS=1") as called:
        assert (await called.called("/fine"))[0] == 502


async def test_200_mb_pass_through_a_container_with_less_memory() -> None:
    async with function(APP.replace("HEALTH", "200"), "--memory", "128m") as called:
        size = 0
        async with called.streamed("/200-MB") as pieces:
            async for piece in pieces:
                size += len(piece)
        assert size > 3200 * 65536


def test_it_stops_in_order() -> None:
    limits = ("--env", "AWS_LWA_INVOKE_MODE=response_stream")
    with container(f"{IMAGE}:local", "sleep", "60", options=(*limits, "--publish", "127.0.0.1::8080")) as started:
        wait_for(started.port(8080))
        output(DOCKER, "stop", "--time", "20", started.id)
        assert started.state("ExitCode") != "137", "it didn't end at SIGTERM"
