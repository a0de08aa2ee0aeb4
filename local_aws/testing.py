"""A Function URL with AWS_IAM in front of any ASGI app, for tests.

    with function_url(app) as url:
        answer = httpx.get(f"{url}/items/42", auth=...)  # signed by a caller of callers.toml, or of your own

The signature is verified and the policies are evaluated as in `make local-dev`. The app is called in this process, and
its lifespan isn't run. With pytest, the fixture `function_url` does the same until the end of the test.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from local_aws.app import LocalAws
from local_aws.function.runtime import ReservedConcurrency, WebAppRuntime
from local_aws.iam.access import Access
from local_aws.record import Record
from local_aws.request_log import log_record
from local_aws.server import without_delay
from policies.function import Function

START_SECONDS = 10


@contextmanager
def function_url(
    app: ASGIApp,
    *,
    callers: Mapping[str, Mapping[str, Any]] | None = None,
    function: Function | None = None,
    reserved_concurrency: int = 10,
    timeout_seconds: float = 30.0,
    observe: Callable[[Record], None] = log_record,
) -> Iterator[str]:
    """The URL, on a free port of 127.0.0.1. `callers` are added to those of callers.toml, in the same form.

    `observe` gets the record of each request: who called, which gate it reached, and why it was refused.
    """
    function = function or Function()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    web_app = WebAppRuntime("http://web.app", function, timeout_seconds=timeout_seconds, transport=transport)
    stand_in = LocalAws(
        Access(function, more=callers or {}),
        ReservedConcurrency(web_app, reserved_concurrency),
        observers=(observe,),
    )
    with listening() as listener, served(stand_in, listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def listening() -> socket.socket:
    """On a free port of 127.0.0.1."""
    return without_delay(socket.create_server(("127.0.0.1", 0)))


@contextmanager
def served(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serves the app in a thread. The listener already accepts, so the first request waits for the server."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", ws="none", http="h11"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
