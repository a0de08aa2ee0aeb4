"""docs/en/keys.md: each block of Python gets credentials from a local imitation of its source, and calls with them."""

import json
import os
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.errors import SigningError
from edge_caller.signer.sources import web_identity
from local_aws.sts.__main__ import token
from running.processes import local_caller
from running.services import Services
from tests.docs.documents import DOCS, Document

BLOCKS = [block.text for block in Document(DOCS / "en" / "keys.md").blocks() if block.language == "python"]
# Who the function sees after each block, in their order on the page.
USER, TEMPORARY = "user/edge-caller", "user/temporary-caller"
ROLE = "assumed-role/edge-caller-role/edge-caller"
SEEN = [TEMPORARY, ROLE, TEMPORARY, USER, USER, ROLE, ROLE, ROLE]
COMMAND, ROLE_OF_A_FILE, ENDPOINT, FILE, BOTOCORE, GITHUB, GOOGLE, FLY = range(len(SEEN))

IDENTITY = "/computeMetadata/v1/instance/service-accounts/default/identity"
AUDIENCE = ["sts.amazonaws.com"]


class Imitation(BaseHTTPRequestHandler):
    """The token endpoints of GitHub, Google and Fly, and a container endpoint. It answers the right request only."""

    services: Services

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query, headers = parse_qs(url.query), self.headers
        if url.path == "/github" and query == {"api-version": ["2.0"], "audience": AUDIENCE}:
            value = made_token(self.services, "github")
            self.answer(json.dumps({"count": 1, "value": value}), headers["authorization"] == "Bearer of-the-job")
        elif url.path == IDENTITY and query == {"audience": AUDIENCE}:
            self.answer(made_token(self.services, "google"), headers["metadata-flavor"] == "Google")
        elif url.path == "/credentials":
            self.answer(json.dumps(document("Token")), headers["authorization"] == "of-the-pod")
        else:
            self.answer("", False)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        is_right = (self.path, body) == ("/v1/tokens/oidc", {"aud": "sts.amazonaws.com"})
        self.answer(made_token(self.services, "kubernetes"), is_right)

    def answer(self, text: str, is_right: bool) -> None:
        self.send_response(200 if is_right else 403)
        self.end_headers()
        self.wfile.write(text.encode() if is_right else b"")

    def log_message(self, *arguments: object) -> None: ...


def made_token(services: Services, kind: str) -> str:
    return token({"INSPECTOR_PORT": str(services.ports.inspector), "KIND": kind})


def document(token_name: str) -> dict[str, Any]:
    """Credentials in AWS's form."""
    key = local_caller("temporary-caller")
    found = {"AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret_access_key, "Version": 1}
    return found | {token_name: key.session_token, "Expiration": "2099-01-01T00:00:00Z"}


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def sources(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All that the blocks ask, on this machine: variables, files, a command, STS and the endpoints."""
    handler = type("Handler", (Imitation,), {"services": services})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    here = f"127.0.0.1:{server.server_port}"
    key = local_caller("edge-caller")
    files = {
        "aws": f"#!/bin/sh\necho '{json.dumps(document('SessionToken'))}'\n",
        "key.json": json.dumps({"id": key.access_key_id, "secret": key.secret_access_key}),
        "role-token": made_token(services, "kubernetes"),
        "pod-token": "of-the-pod",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "aws").chmod(0o755)
    variables = {
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/edge-caller-role",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "role-token"),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{here}/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "pod-token"),
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://{here}/github?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
        "GCE_METADATA_HOST": here,
        "NO_PROXY": "127.0.0.1",
    }
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(web_identity, "regional_endpoint", lambda service, region: f"{services.inspector_url}/sts")
    with served(server), served(socketserver.ThreadingUnixStreamServer(str(tmp_path / "fly"), handler)):
        yield


def credentials_after(block: int, folder: Path, *, instead: tuple[str, str] = ("", "")) -> Any:
    """What the page has made once this block has run. With `instead`, its text is changed."""
    names: dict[str, Any] = {}
    texts = [*BLOCKS[:block], BLOCKS[block].replace(*instead) if instead[0] else BLOCKS[block]]
    code = (
        "\n".join(texts).replace("/.fly/api", str(folder / "fly")).replace('"key.json"', repr(str(folder / "key.json")))
    )
    exec(code, names)  # noqa: S102 - our own page
    names["client"].close()
    return names["credentials"]


def test_each_block_has_its_test() -> None:
    assert len(BLOCKS) == len(SEEN)


@pytest.mark.parametrize("block", range(len(SEEN)))
def test_a_block_gets_credentials_to_call_with(services: Services, sources: None, tmp_path: Path, block: int) -> None:
    auth = SigV4Auth(credentials_after(block, tmp_path), region="ap-northeast-1")
    with httpx.Client(auth=auth, trust_env=False) as client:
        answer = client.get(f"{services.function_url}/whoami")
    assert answer.status_code == 200, answer.text
    assert answer.json()["caller"]["user_arn"].endswith(f":{SEEN[block]}")


@pytest.mark.parametrize(
    ("block", "text", "other"),
    [
        (GITHUB, "Bearer ", "bearer: "),
        (GITHUB, "&audience=", "&aud="),
        (GOOGLE, '"Google"', '"google"'),
        (GOOGLE, "?audience=", "?aud="),
        (FLY, '"aud"', '"audience"'),
        (FLY, ".post", ".put"),
        (ENDPOINT, "token_file=token_file", ""),
    ],
)
def test_no_part_of_a_recipe_is_left_out(sources: None, tmp_path: Path, block: int, text: str, other: str) -> None:
    credentials = credentials_after(block, tmp_path, instead=(text, other))
    with pytest.raises(SigningError):
        credentials()
