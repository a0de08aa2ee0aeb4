"""botocore and the aws CLI get credentials from the local STS with a token, and call the stand-in with them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from running.program import ROOT
from running.services import Services

pytestmark = pytest.mark.interop

ROLE = "arn:aws:iam::123456789012:role/edge-caller-role"
REGION = "ap-northeast-1"
# Version 1, which `make setup` installs, and version 2 where the system has it.
AWS_CLIS = [ROOT / "infra" / ".venv" / "bin" / "aws", *filter(Path.exists, [Path("/usr/bin/aws")])]


def make_token(services: Services, **variables: str) -> str:
    port = str(urlsplit(services.inspector_url).port)
    environment = os.environ | {"INSPECTOR_PORT": port} | variables
    command = [sys.executable, "-m", "local_aws.sts"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def whoami(services: Services, credentials: ReadOnlyCredentials) -> Any:
    request = AWSRequest("GET", f"{services.function_url}/whoami")
    SigV4Auth(credentials, "lambda", REGION).add_auth(request)
    answer = httpx.get(request.url, headers=dict(request.headers), trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()["caller"]


@pytest.mark.parametrize("kind", ["kubernetes", "github", "google"])
def test_botocore_assumes_the_role_by_aws_variables(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (tmp_path / "token").write_text(make_token(services, KIND=kind))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    variables = {
        "AWS_ROLE_ARN": ROLE,
        "AWS_ROLE_SESSION_NAME": "outside",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
        "AWS_ENDPOINT_URL_STS": f"{services.inspector_url}/sts",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    credentials = botocore.session.Session().get_credentials()
    assert credentials.method == "assume-role-with-web-identity"
    caller = whoami(services, credentials.get_frozen_credentials())
    assert caller["user_arn"] == "arn:aws:sts::123456789012:assumed-role/edge-caller-role/outside"
    assert caller["access_key_id"].startswith("ASIA")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ('{"exp": 1}', "ExpiredTokenException"),
        ('{"aud": "other"}', "InvalidIdentityToken"),
        ('{"sub": "other"}', "AccessDenied"),
    ],
)
def test_botocore_reads_the_refusals_as_those_of_aws(services: Services, claims: str, code: str) -> None:
    client = botocore.session.Session().create_client(
        "sts",
        region_name=REGION,
        endpoint_url=f"{services.inspector_url}/sts",
        aws_access_key_id="unused",
        aws_secret_access_key="unused",
    )
    with pytest.raises(ClientError) as error:
        client.assume_role_with_web_identity(
            RoleArn=ROLE, RoleSessionName="outside", WebIdentityToken=make_token(services, CLAIMS=claims)
        )
    client.close()
    assert error.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("program", AWS_CLIS, ids=str)
def test_the_aws_cli_assumes_the_role(services: Services, program: Path) -> None:
    command = [str(program), "sts", "assume-role-with-web-identity", "--no-sign-request", "--region", REGION]
    command += ["--endpoint-url", f"{services.inspector_url}/sts", "--role-arn", ROLE, "--role-session-name", "cli"]
    command += ["--web-identity-token", make_token(services), "--output", "json"]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    found = json.loads(output)
    given = found["Credentials"]
    credentials = ReadOnlyCredentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert whoami(services, credentials)["user_arn"] == found["AssumedRoleUser"]["Arn"]
