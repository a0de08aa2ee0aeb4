"""JavaScript's signers against this project's: aws4fetch (the article's) and @smithy/signature-v4 (AWS's own SDK).

Each signs the same requests at the same time in one Node script; from what each would send, `sign` must come to the
same signature. Where it doesn't, the difference is listed with its reason; one that went away fails too.
"""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import Credentials, sign

pytestmark = pytest.mark.interop

CREDENTIALS = Credentials("ASIALOCAL00000000004", "local-secret-of-temporary-caller-no-real", "local/session+token=")
REGION = "ap-northeast-1"
HOST = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.ap-northeast-1.on.aws"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SIGNERS = ("aws4fetch", "@smithy/signature-v4")

TARGETS = [
    "/",
    "/items/42?q=hello",
    "/a%20b/c%2Fd",
    "/a%2fb",
    "/%E3%81%82",
    "/(!*')",
    "/a:b@c;d=e,f$g&h+i",
    "/-._~",
    "//a//b",
    "/?b=2&a=1",
    "/?a=2&a=10&a=1",
    "/?a=&b=1",
    "/?flag",
    "/?a=b=c",
    "/?a=b/c:d",
    "/?a=%2F%20%2B",
    "/?a=%2f",
    "/?a=(!*')",
    "/?%E3%81%82=%E3%81%84",
    "/?a=%FF",
    "/?a+b=c",
    "/?a-=1&a=2",
    "/?A=1&a=2&B=3",
]
REQUESTS: dict[str, dict[str, Any]] = {
    target: {"method": "GET", "url": f"https://{HOST}{target}", "headers": {}, "body": ""} for target in TARGETS
} | {
    "POST of JSON": {
        "method": "POST",
        "url": f"https://{HOST}/",
        "headers": {"content-type": "application/json"},
        "body": '{"é": 1}',
    },
    "DELETE": {"method": "DELETE", "url": f"https://{HOST}/items/42", "headers": {}, "body": ""},
    "spaces in a header": {
        "method": "GET",
        "url": f"https://{HOST}/",
        "headers": {"x-amz-meta": "a  b\tc"},
        "body": "",
    },
    "port": {"method": "GET", "url": f"https://{HOST}:8443/", "headers": {}, "body": ""},
}

NOT_UTF_8 = "URLSearchParams turns bytes that aren't UTF-8 into U+FFFD, so another value is signed than is sent"
PLUS = "URLSearchParams reads + as a space and signs %20, while + is sent; sign() refuses it, SigV4Auth rewrites it"
DIFFERENCES = {(signer, "/?a=%FF"): NOT_UTF_8 for signer in SIGNERS} | {(signer, "/?a+b=c"): PLUS for signer in SIGNERS}


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    variables = {
        "ACCESS_KEY_ID": CREDENTIALS.access_key_id,
        "SECRET_ACCESS_KEY": CREDENTIALS.secret_access_key,
        "SESSION_TOKEN": CREDENTIALS.session_token or "",
        "REGION": REGION,
        "AMZ_DATE": NOON.strftime("%Y%m%dT%H%M%SZ"),
    }
    node = subprocess.run(
        ["node", "signers.mjs"],
        cwd=Path(__file__).parent,
        env=os.environ | variables,
        input="".join(json.dumps(request) + "\n" for request in REQUESTS.values()),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(REQUESTS, map(json.loads, node.stdout.splitlines()), strict=True))


def agrees(request: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether `sign` makes the signature of what this signer would send, over the headers that it signed."""
    headers = {name.lower(): value for name, value in answer["headers"]}
    authorization = headers["authorization"]
    names = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    headers["host"] = request["url"].split("/")[2]
    added = ("x-amz-date", "x-amz-security-token")
    try:
        ours = sign(
            request["method"],
            answer["target"],
            [(name, headers[name]) for name in names if name not in added],
            request["body"].encode(),
            credentials=CREDENTIALS,
            region=REGION,
            service="lambda",
            timestamp=NOON,
        )
    except SigningError:
        return False
    return bool(ours["Authorization"].rpartition("=")[2] == authorization.rpartition("=")[2])


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("name", REQUESTS)
def test_the_signature_is_ours_but_for_the_differences_listed(
    answers: dict[str, dict[str, Any]], name: str, signer: str
) -> None:
    assert agrees(REQUESTS[name], answers[name][signer]) is ((signer, name) not in DIFFERENCES)
