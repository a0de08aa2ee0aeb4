"""The rehearsal's calls to the Function URL: unsigned, with the role, through the edge caller, during a rotation."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx

from edge_caller.app import create_app
from edge_caller.config import Settings as EdgeSettings
from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from infra.dev_vars import DevVars
from infra.role import AUDIENCE
from infra.settings import Settings
from local_aws.testing import listening, served
from rehearsal.connect_to import AsyncConnectTo, ConnectTo
from rehearsal.local_cloud import ACCOUNT_ID, ISSUER, SUBJECT
from rehearsal.runner import PYTHON, Rehearsal

TIMEOUT_SECONDS = 60


def connected(rehearsal: Rehearsal, auth: SigV4Auth | None = None) -> httpx.Client:
    base = DevVars(rehearsal.dev_vars).read()["FUNCTION_URL"] or ""
    transport = ConnectTo(f"http://{rehearsal.address}")
    return httpx.Client(base_url=base, auth=auth, transport=transport, timeout=TIMEOUT_SECONDS)


def direct_call(rehearsal: Rehearsal, auth: SigV4Auth | None = None) -> str:
    with connected(rehearsal, auth) as client:
        return shown(client.get("/"))


def call_through_the_edge(rehearsal: Rehearsal) -> str:
    """The real edge caller, with the variables that aws-key wrote."""
    file = DevVars(rehearsal.dev_vars)
    settings = EdgeSettings.from_variables(file.read(), str(file.path))
    app = create_app(settings=settings, transport=AsyncConnectTo(f"http://{rehearsal.address}"))
    with listening() as listener, served(app, listener):
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/items/42?q=hello"
        return shown(httpx.get(url, timeout=TIMEOUT_SECONDS, trust_env=False))


def call_with_the_role(rehearsal: Rehearsal) -> str:
    """With a token for the role's subject, and credentials of the local AWS's STS, which doesn't verify the token."""
    with tempfile.TemporaryDirectory() as folder:
        claims = {"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE}  # as text: ministack compares no list
        variables = {"CLAIMS": json.dumps(claims), "LOCAL_AWS_OIDC_KEYS": folder}
        file = Path(folder, "token")
        file.write_text(rehearsal.run(PYTHON, "-m", "local_aws.sts", more=variables).strip())
        role = f"arn:aws:iam::{ACCOUNT_ID}:role/{Settings.caller_name}-role"
        words = ("--role-arn", role, "--role-session-name", "rehearsal", "--web-identity-token", f"file://{file}")
        command = ("sts", "assume-role-with-web-identity", "--no-sign-request", *words, "--query", "Credentials")
        found = json.loads(rehearsal.run(rehearsal.variables["AWS"], *command, "--output", "json"))
    credentials = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    return direct_call(rehearsal, SigV4Auth(credentials))


@contextmanager
def calls_under_way(rehearsal: Rehearsal) -> Iterator[list[tuple[str, int]]]:
    """Calls without a pause while the block runs. The credential provider reads `.dev.vars` again for each call."""
    answers: list[tuple[str, int]] = []
    over = Event()

    def call_again_and_again(client: httpx.Client) -> None:
        while not over.is_set():
            try:
                response = client.get("/")
            except httpx.HTTPError as error:
                answers.append((type(error).__name__, 0))  # a failed call counts too
                continue
            signed_with = response.request.headers["authorization"].partition("Credential=")[2].partition("/")[0]
            answers.append((signed_with, response.status_code))

    with connected(rehearsal, SigV4Auth(DevVars(rehearsal.dev_vars).credentials)) as client:
        thread = Thread(target=call_again_and_again, args=(client,))
        thread.start()
        try:
            yield answers
        finally:
            over.set()
            thread.join()


def shown(response: httpx.Response) -> str:
    return f"{response.status_code} {response.text}"
