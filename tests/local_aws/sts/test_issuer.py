"""The local issuer, `make token`, and who may ask STS and the issuer."""

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from local_aws.errors import ConfigurationError
from local_aws.sts.claims import KINDS
from local_aws.sts.issuer import KEY_FILE, Issuer
from tests.local_aws.sts.service import Service

URL = "http://127.0.0.1:9010/oidc"


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "oidc"
    first = Issuer(URL, folder).key_id
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.listdir(folder) == [KEY_FILE]
    assert Issuer(URL, folder).key_id == first


def test_two_that_make_the_key_at_once_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(lambda _: Issuer(URL, tmp_path).key_id, range(4)))
    assert len(set(ids)) == 1


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content)
    with pytest.raises(ConfigurationError, match=r"issuer-key\.pem isn't a private key: delete it"):
        _ = Issuer(URL, tmp_path).key


def test_a_folder_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="LOCAL_AWS_OIDC_KEYS"):
        _ = Issuer(URL, tmp_path / "file" / "folder").key


def test_the_published_keys_hold_nothing_private(tmp_path: Path) -> None:
    (key,) = Issuer(URL, tmp_path).key_set()["keys"]
    assert sorted(key) == ["alg", "e", "kid", "kty", "n", "use"]


def make_token(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"LOCAL_AWS_OIDC_KEYS": str(folder)} | variables
    command = [sys.executable, "-m", "local_aws.sts"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", KINDS)
def test_make_token_prints_a_token_and_nothing_else(key_folder: Path, kind: str) -> None:
    made = make_token(key_folder, KIND=kind, CLAIMS='{"sub": "me", "nbf": null}', INSPECTOR_PORT="9011")
    assert (made.returncode, made.stderr) == (0, "")
    claims = jwt.decode(made.stdout.strip(), options={"verify_signature": False})
    assert (claims["sub"], claims["iss"]) == ("me", "http://127.0.0.1:9011/oidc")
    assert "nbf" not in claims
    assert made.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("variables", "said"),
    [({"KIND": "gitlab"}, "KIND is 'gitlab': write"), ({"CLAIMS": "sub=me"}, "CLAIMS isn't a JSON")],
)
def test_a_wrong_variable_is_named(key_folder: Path, variables: dict[str, str], said: str) -> None:
    made = make_token(key_folder, **variables)
    assert (made.returncode, made.stdout) == (1, "")
    assert said in made.stderr


@pytest.mark.anyio
async def test_publishes_its_discovery_document_and_keys(service: Service) -> None:
    discovery = json.loads((await service.ask("GET", "/oidc/.well-known/openid-configuration")).text)
    assert discovery["issuer"] == URL
    keys = json.loads((await service.ask("GET", discovery["jwks_uri"].removeprefix("http://127.0.0.1:9010"))).text)
    assert keys == service.issuer.key_set()
    assert (await service.ask("GET", "/oidc/other")).status == 404
    assert (await service.ask("POST", "/oidc/keys")).status == 404


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/sts", "/oidc/keys"])
class TestWhoMayAsk:
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "http://evil.example"},
            {"origin": "null"},
            {"origin": "http://127.0.0.1:9010"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"host": "evil.example"},
            {"host": "evil.example:9010"},
            {"host": "127.0.0.1.evil.example"},
            {"host": ""},
            {"host": "[::1"},
        ],
    )
    async def test_no_page_of_another_site(self, service: Service, path: str, headers: dict[str, str]) -> None:
        answer = await service.ask("GET", path, headers=headers)
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize("host", ["127.0.0.1:9010", "localhost", "[::1]:9010", "local_aws:9010", "172.18.0.3:9010"])
    async def test_programs_on_this_machine_and_in_its_containers(self, service: Service, path: str, host: str) -> None:
        assert (await service.ask("GET", path, headers={"host": host})).status in (200, 400)
