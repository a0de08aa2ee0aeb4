"""A stream all the way: app, stand-in with the signature verified, edge caller, client. A gate holds the app."""

import asyncio

import pytest

from edge_caller.config import Settings
from local_aws.iam.callers import read_callers
from policies.function import Function
from tests.edge_caller import wire
from tests.local_aws.test_response_stream import App, standing_in

pytestmark = pytest.mark.anyio

GET = b"GET /stream HTTP/1.1\r\nHost: edge.example\r\nConnection: close\r\n\r\n"


def edge_settings(port: int) -> Settings:
    caller = next(caller for caller in read_callers(Function()).values() if caller.name == "edge-caller")
    return Settings.from_variables(
        {
            "FUNCTION_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": Function().region,
            "AWS_ACCESS_KEY_ID": caller.access_key_id,
            "AWS_SECRET_ACCESS_KEY": caller.secret_access_key,
        },
        "the test",
    )


@pytest.mark.parametrize("server", ["granian", "h11"])
async def test_the_client_has_the_first_event_while_the_app_makes_the_second(server: str) -> None:
    app = App(pieces=(b"data: 1\n\n", b"data: 2\n\n", b"event: end\n\n"))
    async with (
        standing_in(app, now=None) as stand_in,
        wire.served(edge_settings(stand_in.port), server) as port,
        wire.connected(port) as (reader, writer),
    ):
        writer.write(GET)
        await reader.readuntil(b"data: 1\n\n")
        await app.waits.wait()
        assert not app.has_ended.is_set()
        app.gate.set()
        rest = await reader.read()
    assert b"event: end" in rest
    assert rest.endswith(b"0\r\n\r\n")


async def test_a_stream_that_times_out_breaks_the_clients_connection() -> None:
    async with (
        standing_in(App(), timeout_seconds=1, now=None) as stand_in,
        wire.served(edge_settings(stand_in.port)) as port,
    ):
        received = await wire.exchange(port, GET)
    assert b"first" in received
    assert not received.endswith(b"0\r\n\r\n")


async def test_a_client_that_leaves_the_edge_is_noted_by_the_stand_in_and_the_function_runs_on() -> None:
    app = App()
    async with standing_in(app, now=None) as stand_in, wire.served(edge_settings(stand_in.port)) as port:
        async with wire.connected(port) as (reader, writer):
            writer.write(GET)
            await reader.readuntil(b"first")
        await asyncio.wait_for(stand_in.disconnected(), 10)
        app.gate.set()
        assert await stand_in.findings() == ["stream_client_disconnected"]
        assert app.has_ended.is_set()
