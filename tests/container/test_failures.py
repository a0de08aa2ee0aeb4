"""An app that fails, dies, is too slow or never ready: the caller gets AWS's 502 and no word of why, and then goes on.

Each app runs under the real emulator and adapter, in the stand-in's execution environment.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from local_aws.app import LocalAws
from local_aws.function.emulator import EmulatorRuntime
from local_aws.iam.access import Access
from policies.function import Function
from running.processes import local_caller
from tests.container.containers import emulator

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("images")]

# Answers each path; /healthz is the readiness check, and /fine is the next call.
APP = """
import asyncio, os, uvicorn

async def app(scope, receive, send):
    path = scope["path"]
    status = {"/healthz": HEALTH, "/failed": 500}.get(path, 200)
    length = b"100" if path == "/breaks-off" else b"6"
    if path == "/dies":
        os._exit(7)
    if path == "/slow":
        await asyncio.sleep(60)
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": b"secret" if status == 500 else b"answer"})

uvicorn.run(app, port=8000, lifespan="off")
"""


def app_source(health: int = 200) -> str:
    return APP.replace("HEALTH", str(health))


@asynccontextmanager
async def function_url(source: str, *options: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that signs, of the stand-in over an emulator whose function may take two seconds."""
    limits = ("--env", "AWS_LAMBDA_FUNCTION_TIMEOUT=2", *options)
    with emulator("python", "-c", source, options=limits) as url:
        caller, function = local_caller("edge-caller"), Function()
        auth = SigV4Auth(Credentials(caller.access_key_id, caller.secret_access_key), region=function.region)
        async with httpx.AsyncHTTPTransport() as transport:
            runtime = EmulatorRuntime(url, timeout_seconds=2, transport=transport)
            stand_in = httpx.ASGITransport(LocalAws(Access(function), runtime))
            async with httpx.AsyncClient(transport=stand_in, base_url="http://function", auth=auth) as client:
                yield client


def assert_is_awss_502(response: httpx.Response) -> None:
    assert (response.status_code, response.text) == (502, "Internal Server Error")
    assert response.headers["content-type"] == "text/plain"
    assert "x-amzn-requestid" in response.headers


@pytest.mark.parametrize("path", ["/breaks-off", "/slow"])
async def test_a_call_that_ends_badly_is_a_502_and_the_next_one_works(path: str) -> None:
    async with function_url(app_source()) as client:
        assert_is_awss_502(await client.get(path))
        assert (await client.get("/fine")).text == "answer"


async def test_an_app_that_dies_is_a_502_and_is_started_again() -> None:
    """The emulator may learn of the death late, from the adapter's error: then the next calls are 502 as well."""
    async with function_url(app_source()) as client:
        assert_is_awss_502(await client.get("/dies"))
        for _ in range(5):
            answer = await client.get("/fine")
            if answer.status_code == 200:
                break
            assert_is_awss_502(answer)
    assert answer.text == "answer"


async def test_an_error_of_the_apps_own_is_its_answer() -> None:
    async with function_url(app_source()) as client:
        response = await client.get("/failed")
    assert (response.status_code, response.text) == (500, "secret")


async def test_an_error_status_that_the_adapter_is_told_of_is_a_502() -> None:
    async with function_url(app_source(), "--env", "AWS_LWA_ERROR_STATUS_CODES=500-599") as client:
        assert_is_awss_502(await client.get("/failed"))
        assert (await client.get("/fine")).text == "answer"


@pytest.mark.parametrize("status", [404, 302, 500])
async def test_an_app_whose_health_check_is_no_success_never_gets_ready(status: int) -> None:
    async with function_url(app_source(health=status)) as client:
        assert_is_awss_502(await client.get("/fine"))


async def test_an_app_that_ends_at_once_is_a_502() -> None:
    async with function_url("import sys; sys.exit('secret')") as client:
        assert_is_awss_502(await client.get("/fine"))


async def test_an_app_that_starts_at_the_second_attempt_is_a_502_and_then_works() -> None:
    fails_once = "import os\nif not os.path.exists('/tmp/tried'): open('/tmp/tried', 'w').close(); os._exit(1)\n"
    async with function_url(fails_once + app_source()) as client:
        assert_is_awss_502(await client.get("/fine"))
        assert (await client.get("/fine")).text == "answer"


async def test_calls_at_once_go_one_after_the_other() -> None:
    statuses = []
    async with function_url(app_source()) as client:

        async def call() -> None:
            statuses.append((await client.get("/fine")).status_code)

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(call)
    assert statuses == [200] * 10
