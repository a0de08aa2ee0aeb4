"""Right requests of curl and aws4fetch, each with one mistake on its way or in its key: the diagnosis names it."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest

from local_aws.iam.callers import Caller
from local_aws.iam.claim import claim_of
from local_aws.iam.diagnosis import diagnose
from local_aws.received import ReceivedRequest
from tests.interop.signed_request import SignedRequest
from tests.interop.test_real_clients import BODY, TARGET, aws4fetch, signed_by_curl
from tests.interop.upstream import Upstream

pytestmark = pytest.mark.interop

REGION = "ap-northeast-1"


@dataclass(frozen=True)
class Client:
    """Makes the request that a client signs with the caller's key."""

    signed: Callable[[Caller], SignedRequest]


@pytest.fixture(scope="module", params=["curl", "aws4fetch"])
def client(request: pytest.FixtureRequest, function_url: str, upstream: Upstream) -> Client:
    def by_curl(caller: Caller) -> SignedRequest:
        return signed_by_curl(function_url, TARGET, caller, upstream)

    def by_aws4fetch(caller: Caller) -> SignedRequest:
        signed = aws4fetch(function_url + TARGET, caller, method="POST", body=BODY)["signed"]
        headers = (("host", urlsplit(function_url).netloc), *((name, value) for name, value in signed["headers"]))
        return SignedRequest("POST", TARGET, headers, BODY.encode())

    return Client({"curl": by_curl, "aws4fetch": by_aws4fetch}[request.param])


def received(request: SignedRequest) -> ReceivedRequest:
    path, _, query = request.target.partition("?")
    headers = tuple((name.lower(), value.encode()) for name, value in request.headers)
    return ReceivedRequest(request.method, path, query, headers, request.body, "127.0.0.1", "1.1")


def codes(request: SignedRequest, caller: Caller) -> list[tuple[str, bool]]:
    arrived = received(request)
    claim = claim_of(arrived)
    assert claim is not None
    diagnosis = diagnose(arrived, claim, caller, region=REGION, thorough=True)
    return [(finding.code, finding.proved) for finding in diagnosis.findings]


def test_says_which_versions_were_run(record_property: Callable[[str, object], None]) -> None:
    version = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    record_property("curl", version.split(" ")[1])


def test_a_right_request_has_no_finding(client: Client, caller: Caller) -> None:
    assert codes(client.signed(caller), caller) == []


ON_THE_WAY: dict[str, tuple[str, Callable[[SignedRequest], SignedRequest]]] = {
    "another method": ("method_differs", lambda r: replace(r, method="PUT")),
    "a prefix of a proxy": ("path_prefix_added", lambda r: replace(r, target="/api" + r.target)),
    "a slash more": ("path_slash_lost", lambda r: replace(r, target=r.target.replace("42?", "42/?"))),
    "a parameter more": ("query_parameter_left_out", lambda r: replace(r, target=r.target + "&utm_source=mail")),
    "a character of the path": ("path_character", lambda r: replace(r, target=r.target.replace("42?", "43?"))),
    "a character of the query": ("query_character", lambda r: replace(r, target=r.target.replace("hello", "hellp"))),
    "a line feed more": ("body_line_feed", lambda r: replace(r, body=r.body + b"\n")),
    "compact JSON": ("body_json_form", lambda r: replace(r, body=r.body.replace(b": ", b":"))),
    "a character of the body": ("body_character", lambda r: replace(r, body=r.body.replace(b"outside", b"outsidE"))),
}


@pytest.mark.parametrize("mistake", ON_THE_WAY)
def test_names_what_changed_on_the_way(client: Client, caller: Caller, mistake: str) -> None:
    code, change = ON_THE_WAY[mistake]
    assert codes(change(client.signed(caller)), caller) == [(code, True)]


SECRETS: dict[str, tuple[str, Callable[[str], str]]] = {
    "in quotes": ("secret_quoted", lambda secret: f'"{secret}"'),
    "with a blank": ("secret_with_blank", lambda secret: secret + " "),
    "cut": ("secret_cut", lambda secret: secret[:-1]),
    "one letter differs": ("secret_character", lambda secret: secret.replace("e", "E", 1)),
}


@pytest.mark.parametrize("mistake", SECRETS)
def test_names_a_mistake_in_the_secret(client: Client, caller: Caller, mistake: str) -> None:
    code, change = SECRETS[mistake]
    signed = client.signed(replace(caller, secret_access_key=change(caller.secret_access_key)))
    assert codes(signed, caller) == [(code, True)]
