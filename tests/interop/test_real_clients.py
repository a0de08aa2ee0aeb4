"""Clients that no one here wrote get through to the app: curl and aws4fetch. Each is refused when tampered with."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from edge_caller.signer.sigv4 import Credentials, sign
from local_aws.iam.callers import Caller
from running.processes import local_caller
from tests.interop.platforms import HERE
from tests.interop.signed_request import SignedRequest
from tests.interop.upstream import Upstream

pytestmark = pytest.mark.interop

BODY = '{"from": "outside"}'
TARGET = "/items/42?q=hello"

# What curl 7.88 signs in another way than AWS: it doesn't sort a query, and doesn't encode a path once more.
# The stand-in refuses that, as AWS does.
CURL_SIGNS_WRONGLY = ["/items/42?q=hello&a=1", "/items/a%20b"]


def curl(url: str, caller: Caller, *options: str) -> tuple[int, str]:
    """The status and body of curl's answer."""
    signing = ["--aws-sigv4", "aws:amz:ap-northeast-1:lambda", "--user"]
    command = ["curl", "-q", "--silent", "--noproxy", "*", "--write-out", "\n%{http_code}", *signing]
    key = f"{caller.access_key_id}:{caller.secret_access_key}"
    output = subprocess.run([*command, key, *options, url], capture_output=True, text=True, check=True, timeout=30)
    body, _, status = output.stdout.rpartition("\n")
    return int(status), body


def signed_by_curl(function_url: str, target: str, caller: Caller, upstream: Upstream) -> SignedRequest:
    """The request that curl would send to the Function URL: it goes to another server, which keeps it."""
    elsewhere = f"{urlsplit(function_url).netloc}:{urlsplit(upstream.url).netloc}"
    curl(function_url + target, caller, "--connect-to", elsewhere, "--data", BODY)
    return upstream.received[-1]


def aws4fetch(url: str, caller: Caller, **options: str) -> dict[str, Any]:
    credentials = {"accessKeyId": caller.access_key_id, "secretAccessKey": caller.secret_access_key}
    given = json.dumps({"url": url, "credentials": credentials, "method": "GET"} | options)
    command = ["node", "aws4fetch.mjs"]
    output = subprocess.run(command, cwd=HERE, input=given, stdout=subprocess.PIPE, text=True, check=True, timeout=30)
    return dict(json.loads(output.stdout))


@pytest.fixture(scope="module")
def signed(function_url: str, caller: Caller, upstream: Upstream) -> dict[str, SignedRequest]:
    by_aws4fetch = aws4fetch(function_url + TARGET, caller, method="POST", body=BODY)["signed"]
    headers = (("host", urlsplit(function_url).netloc), ("content-length", str(len(BODY))))
    headers += tuple((name, value) for name, value in by_aws4fetch["headers"])
    return {
        "curl": signed_by_curl(function_url, TARGET, caller, upstream),
        "aws4fetch": SignedRequest("POST", TARGET, headers, BODY.encode()),
    }


@pytest.mark.parametrize(
    ("target", "options", "status"),
    [
        ("/", [], 200),
        (TARGET, [], 200),
        ("/", ["--head"], 405),
        ("/events", ["--data", BODY], 404),
        ("/events", ["--json", BODY], 404),
        ("/events", ["--request", "PUT", "--data-binary", BODY], 405),
    ],
)
def test_curl_gets_through(function_url: str, caller: Caller, target: str, options: list[str], status: int) -> None:
    assert curl(function_url + target, caller, *options)[0] == status


def test_curl_gets_through_with_temporary_credentials(function_url: str) -> None:
    temporary = local_caller("temporary-caller")
    token = f"X-Amz-Security-Token: {temporary.session_token}"
    assert curl(function_url, temporary, "--header", token) == (200, '{"Hello":"World"}')


def test_curl_is_refused_without_the_token_of_temporary_credentials(function_url: str) -> None:
    assert curl(function_url, local_caller("temporary-caller"))[0] == 403


def test_curl_is_refused_with_a_changed_key(function_url: str, caller: Caller) -> None:
    status, body = curl(function_url, replace(caller, secret_access_key="another"))
    assert (status, "signature we calculated does not match" in body) == (403, True)


@pytest.mark.parametrize("target", CURL_SIGNS_WRONGLY)
def test_what_curl_signs_wrongly_is_refused(function_url: str, caller: Caller, upstream: Upstream, target: str) -> None:
    """A curl that signs as our signer does, as later ones may, is accepted; any other signature is not."""
    request = signed_by_curl(function_url, target, caller, upstream)
    accepted = request.send(function_url).error_type is None
    assert accepted == (signature_of(request.header("authorization")) == signature_of(signed_anew(request, caller)))


def signature_of(authorization: str) -> str:
    return authorization.rpartition("Signature=")[2]


def signed_anew(request: SignedRequest, caller: Caller) -> str:
    """The Authorization that our signer gives to the same request at the same time."""
    names = request.header("authorization").partition("SignedHeaders=")[2].partition(",")[0].split(";")
    headers = [(name, request.header(name)) for name in names if name != "x-amz-date"]
    return sign(
        request.method,
        request.target,
        headers,
        request.body,
        credentials=Credentials(caller.access_key_id, caller.secret_access_key),
        region="ap-northeast-1",
        service="lambda",
        timestamp=datetime.strptime(request.header("x-amz-date"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
    )["Authorization"]


@pytest.mark.parametrize(
    ("target", "options", "status"),
    [
        ("/", {}, 200),
        ("/items/42?q=hello&a=1&a=0&flag&empty=", {}, 200),
        ("/items/a%20b(c)!'*/%E3%81%82", {}, 404),
        ("/events", {"method": "POST", "body": BODY}, 404),
    ],
)
def test_aws4fetch_gets_through(
    function_url: str, caller: Caller, target: str, options: dict[str, str], status: int
) -> None:
    answer = aws4fetch(function_url + target, caller, **options)
    assert (answer["status"], answer["errorType"]) == (status, None)


def test_aws4fetch_is_refused_with_a_changed_key(function_url: str, caller: Caller) -> None:
    answer = aws4fetch(function_url, replace(caller, secret_access_key="another"))
    assert (answer["status"], answer["errorType"]) == (403, "InvalidSignatureException")


def some_seconds_off(amz_date: str) -> str:
    return f"{amz_date[:-2]}{9 - int(amz_date[-2])}Z"


CHANGES: dict[str, Callable[[SignedRequest], SignedRequest]] = {
    "method": lambda request: replace(request, method="PUT"),
    "path": lambda request: replace(request, target=request.target.replace("42", "43")),
    "query": lambda request: replace(request, target=request.target.replace("hello", "hellp")),
    "body": lambda request: replace(request, body=request.body.replace(b"outside", b"outsidf")),
    "host": lambda request: request.with_header("host", "127.0.0.1", "127.0.0.2"),
    "date": lambda request: request.with_header(
        "x-amz-date", date := request.header("x-amz-date"), some_seconds_off(date)
    ),
    "region": lambda request: request.with_header("authorization", "ap-northeast-1", "ap-northeast-2"),
    "service": lambda request: request.with_header("authorization", "/lambda/", "/s3/"),
    "key": lambda request: request.with_header("authorization", "00000000001", "00000000003"),
    "signature": lambda request: request.with_header("authorization", "Signature=", "Signature=0"),
}


@pytest.mark.parametrize("client", ["curl", "aws4fetch"])
def test_a_signed_request_is_accepted_as_it_was_made(
    signed: dict[str, SignedRequest], client: str, function_url: str
) -> None:
    answer = signed[client].send(function_url)
    assert (answer.status, answer.error_type) == (405, None)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("client", ["curl", "aws4fetch"])
def test_a_signed_request_is_refused_when_tampered_with(
    signed: dict[str, SignedRequest], client: str, change: str, function_url: str
) -> None:
    changed = CHANGES[change](signed[client])
    assert changed != signed[client]
    answer = changed.send(function_url)
    assert answer.status == 403
    assert answer.error_type
