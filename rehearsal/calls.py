"""The rehearsal's calls to the Function URL: unsigned, through the edge caller, and during a key rotation."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx
from dotenv import dotenv_values

from edge_caller.app import create_app
from edge_caller.config import Settings
from edge_caller.signer.auth import SigV4Auth
from infra.dev_vars import DevVars
from local_aws.testing import listening, served
from rehearsal.connect_to import AsyncConnectTo, ConnectTo

TIMEOUT_SECONDS = 60


def function_url(dev_vars: Path) -> str:
    return dotenv_values(dev_vars)["FUNCTION_URL"] or ""


def unsigned_call(dev_vars: Path, address: str) -> str:
    with httpx.Client(transport=ConnectTo(f"http://{address}"), timeout=TIMEOUT_SECONDS) as client:
        return shown(client.get(function_url(dev_vars)))


def call_through_the_edge(dev_vars: Path, address: str) -> str:
    """The real edge caller, with the variables that aws-key wrote."""
    settings = Settings.from_variables(dotenv_values(dev_vars, interpolate=False), str(dev_vars))
    app = create_app(settings=settings, transport=AsyncConnectTo(f"http://{address}"))
    with listening() as listener, served(app, listener):
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/items/42?q=hello"
        return shown(httpx.get(url, timeout=TIMEOUT_SECONDS, trust_env=False))


@contextmanager
def calls_under_way(dev_vars: Path, address: str) -> Iterator[list[tuple[str, int]]]:
    """Calls without a pause while the block runs. The credential provider reads `.dev.vars` again for each call."""
    answers: list[tuple[str, int]] = []
    over = Event()

    def call_again_and_again(client: httpx.Client) -> None:
        while not over.is_set():
            try:
                response = client.get(function_url(dev_vars))
            except httpx.HTTPError as error:
                answers.append((type(error).__name__, 0))  # a call that failed counts, too
                continue
            signed_with = response.request.headers["authorization"].partition("Credential=")[2].partition("/")[0]
            answers.append((signed_with, response.status_code))

    auth = SigV4Auth(DevVars(dev_vars).credentials)
    with httpx.Client(auth=auth, transport=ConnectTo(f"http://{address}"), timeout=TIMEOUT_SECONDS) as client:
        thread = Thread(target=call_again_and_again, args=(client,))
        thread.start()
        try:
            yield answers
        finally:
            over.set()
            thread.join()


def shown(response: httpx.Response) -> str:
    return f"{response.status_code} {response.text}"
