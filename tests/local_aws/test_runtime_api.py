"""The Runtime API over real sockets, with a runtime and an extension that are programs of this test.

The container tests run it with the real adapter. A gate holds a stream: only the tests of time-outs wait.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from local_aws.runtime_api import environment
from local_aws.runtime_api.app import INVOKE_PATH, RuntimeApi
from local_aws.runtime_api.environment import Environment
from tests.local_aws.wire import LOOPBACK, served

pytestmark = pytest.mark.anyio

FAKE = Path(__file__).parent / "fake_runtime.py"
RUNTIME = [sys.executable, str(FAKE), "runtime"]
ANSWER = {"do": "answer"}


@pytest.fixture(autouse=True)
def extensions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of extensions, empty at first."""
    monkeypatch.setattr(environment, "EXTENSIONS", tmp_path)
    monkeypatch.setattr(environment, "LAST_WORDS_SECONDS", 0)
    return tmp_path


def add_extension(folder: Path, mode: str) -> None:
    script = folder / "fake-extension"
    script.write_text(f"#!/bin/sh\nexec {sys.executable} {FAKE} {mode}\n", "utf-8")
    script.chmod(0o755)


class Gate:
    """Holds whoever connects to its port until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._opened = asyncio.Event()

    def open(self) -> None:
        self._opened.set()

    async def hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached.set()
        await self._opened.wait()
        writer.close()


class Function:
    def __init__(self, client: httpx.AsyncClient, gate: Gate, gate_port: int) -> None:
        self._client, self.gate, self._gate_port = client, gate, gate_port

    async def called(self, event: dict[str, Any]) -> httpx.Response:
        return await self._client.post(INVOKE_PATH, json=event)

    @asynccontextmanager
    async def streamed(self, then: str) -> AsyncIterator[AsyncIterator[bytes]]:
        event = {"do": "stream", "gate": self._gate_port, "then": then}
        async with self._client.stream("POST", INVOKE_PATH, json=event) as response:
            assert (response.status_code, response.headers["content-type"]) == (200, "text/x-stream")
            pieces = response.aiter_raw()
            assert await anext(pieces) == b"first"
            await self.gate.reached.wait()
            yield pieces


@asynccontextmanager
async def function(command: list[str] = RUNTIME, timeout_seconds: float = 30) -> AsyncIterator[Function]:
    """The Invoke API of a function whose runtime is `command`."""
    gate = Gate()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await runtime_api(scope, receive, send)

    async with served(app) as port:
        running = Environment(command, f"{LOOPBACK}:{port}", timeout_seconds)
        runtime_api = RuntimeApi(running)
        gates = await asyncio.start_server(gate.hold, LOOPBACK, 0)
        try:
            async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", timeout=60) as client:
                yield Function(client, gate, gates.sockets[0].getsockname()[1])
        finally:
            gate.open()
            await running.stop()
            gates.close()


def mode(name: str) -> list[str]:
    return [*RUNTIME[:2], name]


async def test_a_runtime_gets_the_event_and_answers() -> None:
    async with function() as called:
        first, second = await called.called(ANSWER), await called.called(ANSWER)
    assert first.headers["content-type"] == "application/json"
    assert first.json() == second.json()  # the environment, and its process, stay


async def test_an_error_that_the_runtime_reports_is_the_answer() -> None:
    async with function() as called:
        response = await called.called({"do": "report an error"})
        assert (response.status_code, response.json()) == (200, {"errorType": "ValueError", "errorMessage": "no"})


async def test_a_second_response_to_an_invocation_is_refused() -> None:
    async with function() as called:
        assert (await called.called({"do": "answer twice"})).json() == 1
        assert (await called.called({"do": "say the statuses"})).json() == [400]


async def test_a_buffered_response_has_a_limit() -> None:
    async with function() as called:
        assert (await called.called({"do": "answer too much"})).json()["errorType"] == "Function.ResponseSizeTooLarge"


async def test_a_piece_passes_while_the_runtime_holds_the_next() -> None:
    async with function() as called, called.streamed("end") as pieces:
        called.gate.open()
        assert b"".join([piece async for piece in pieces]) == b"last"


async def test_events_reach_the_environment_one_at_a_time() -> None:
    async with function() as called, called.streamed("end"):
        waiting = asyncio.create_task(called.called(ANSWER))
        called.gate.open()
        assert (await waiting).status_code == 200


@pytest.mark.parametrize("then", ["break off", "exit", "hang"])
async def test_a_stream_that_breaks_off_breaks_the_callers_connection_and_the_next_call_works(then: str) -> None:
    async with function(timeout_seconds=2) as called:
        async with called.streamed(then) as pieces:
            called.gate.open()
            with pytest.raises(httpx.RemoteProtocolError):
                await anext(pieces)
        assert (await called.called(ANSWER)).status_code == 200


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (0, "Runtime exited without providing a reason"),
        (7, "Runtime exited with error: exit status 7"),
    ],
)
async def test_a_runtime_that_exits_is_an_error_and_the_next_call_starts_another(status: int, message: str) -> None:
    async with function() as called:
        before = (await called.called(ANSWER)).json()
        response = await called.called({"do": "exit", "status": status})
        assert (response.status_code, response.json()) == (
            200,
            {"errorType": "Runtime.ExitError", "errorMessage": message},
        )
        assert (await called.called(ANSWER)).json() != before


async def test_a_runtime_that_takes_too_long_is_stopped_and_the_next_call_starts_another() -> None:
    async with function(timeout_seconds=2) as called:
        before = (await called.called(ANSWER)).json()
        response = await called.called({"do": "hang"})
        assert (response.status_code, response.text) == (200, "Task timed out after 2.00 seconds")
        assert (await called.called(ANSWER)).json() != before


@pytest.mark.parametrize(
    ("command", "kind", "message"),
    [
        (mode("exits"), "Runtime.ExitError", "Runtime exited with error: exit status 7"),
        (mode("init error"), "Runtime.NoModule", "no module"),
        (["/no/such/program"], "Runtime.InvalidEntrypoint", "fork/exec /no/such/program: no such file or directory"),
    ],
    ids=["exits", "init error", "missing"],
)
async def test_a_runtime_that_does_not_start_is_an_init_error(command: list[str], kind: str, message: str) -> None:
    async with function(command) as called:
        response = await called.called(ANSWER)
        assert (response.status_code, response.json()) == (502, {"errorType": kind, "errorMessage": message})


async def test_a_runtime_that_asks_for_no_event_is_not_waited_for_longer_than_an_init_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "INIT_SECONDS", 1)
    async with function(mode("never ready")) as called:
        response = await called.called(ANSWER)
        assert (response.status_code, response.json()["errorType"]) == (502, "Sandbox.Timedout")


async def test_an_extension_registers_and_waits_beside_the_runtime(extensions: Path) -> None:
    add_extension(extensions, "extension")
    async with function() as called:
        assert (await called.called(ANSWER)).json() == (await called.called(ANSWER)).json()


async def test_an_extension_that_exits_ends_the_environment(extensions: Path) -> None:
    add_extension(extensions, "exits")
    async with function(mode("never ready")) as called:
        response = await called.called(ANSWER)
        assert response.json() == {"errorType": "Extension.Crash", "errorMessage": "exit code 7"}


async def test_an_extension_that_can_not_be_started_is_an_init_error(extensions: Path) -> None:
    (extensions / "not-executable").write_text("", "utf-8")
    async with function() as called:
        response = await called.called(ANSWER)
        assert response.json()["errorType"] == "Extension.LaunchError"
        assert json.loads(response.text)["errorMessage"].endswith("not-executable: permission denied")


@pytest.mark.parametrize("path", ["/", "/2018-06-01/runtime/unknown", "/2015-03-31/functions/other/invocations"])
async def test_what_is_no_path_of_the_apis_is_not_found(path: str) -> None:
    async with served(RuntimeApi(Environment(RUNTIME, "", 1))) as port, httpx.AsyncClient() as client:
        assert (await client.get(f"http://{LOOPBACK}:{port}{path}")).status_code == 404
