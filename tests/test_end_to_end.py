"""The whole way over real sockets: client → edge caller → Function URL → app; and clients that sign themselves."""

import json
from collections.abc import Iterator

import httpx
import pytest
from botocore.auth import SigV4Auth as BotocoreSigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from policies.function import Function
from running.processes import local_caller
from running.services import Services

REGION = Function().region


@pytest.fixture(scope="module")
def edge(services: Services) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=services.edge_url, trust_env=False) as client:
        yield client


@pytest.fixture
def function_url(services: Services) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=services.function_url, trust_env=False) as client:
        yield client


def auth(name: str = "edge-caller", session_token: str | None = None) -> SigV4Auth:
    caller = local_caller(name)
    return SigV4Auth(Credentials(caller.access_key_id, caller.secret_access_key, session_token), region=REGION)


def test_a_call_through_the_edge_reaches_the_app(edge: httpx.Client) -> None:
    assert edge.get("/").json() == {"Hello": "World"}
    assert edge.get("/items/42", params={"q": "a b+c/é~"}).json() == {"item_id": 42, "q": "a b+c/é~"}


def test_the_app_learns_who_signed(edge: httpx.Client) -> None:
    caller = edge.get("/whoami").json()["caller"]
    assert caller["user_arn"] == "arn:aws:iam::123456789012:user/edge-caller"
    assert caller["source_ip"] == "127.0.0.1"


def test_a_visitor_of_the_edge_cannot_pass_for_somebody(edge: httpx.Client) -> None:
    forged = {"x-amzn-request-context": json.dumps({"authorizer": {"iam": {"userArn": "arn:aws:iam::1:root"}}})}
    assert edge.get("/whoami", headers=forged).json()["caller"]["user_arn"].endswith("user/edge-caller")


@pytest.mark.parametrize("path", ["/a%2Fb", "/a%20b", "//a", "/()!*'", "/%E3%81%82", "/a;b=1,c@d:e&f$g"])
def test_an_odd_path_is_signed_as_it_is_sent(edge: httpx.Client, path: str) -> None:
    response = edge.send(httpx.Request("GET", httpx.URL(edge.base_url).copy_with(raw_path=path.encode())))
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})


def test_the_articles_caller_may_not_call_any_more(function_url: httpx.Client) -> None:
    refused = function_url.get("/", auth=auth("article-2024"))
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")


def test_temporary_credentials_need_their_session_token(function_url: httpx.Client) -> None:
    token = local_caller("temporary-caller").session_token
    assert function_url.get("/", auth=auth("temporary-caller", token)).status_code == 200
    refused = function_url.get("/", auth=auth("temporary-caller"))
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "UnrecognizedClientException")


def signed_by_botocore(method: str, url: str, body: bytes, headers: dict[str, str]) -> httpx.Request:
    caller = local_caller("edge-caller")
    request = AWSRequest(method, url, data=body, headers=headers)
    keys = BotocoreCredentials(caller.access_key_id, caller.secret_access_key)
    BotocoreSigV4Auth(keys, "lambda", REGION).add_auth(request)
    return httpx.Request(method, url, content=body, headers=dict(request.headers.items()))


def test_botocore_gets_through(services: Services, function_url: httpx.Client) -> None:
    request = signed_by_botocore("GET", f"{services.function_url}/items/42?q=hello", b"", {})
    assert function_url.send(request).json() == {"item_id": 42, "q": "hello"}
    posted = signed_by_botocore("POST", f"{services.function_url}/events", b"{}", {"content-type": "application/json"})
    assert function_url.send(posted).status_code == 404


@pytest.mark.parametrize("change", ["method", "path", "query", "body", "content-type", "date", "signature"])
def test_what_botocore_signed_is_refused_when_changed(
    services: Services, function_url: httpx.Client, change: str
) -> None:
    headers = {"content-type": "application/json"}
    signed = signed_by_botocore("POST", f"{services.function_url}/events?a=1", b'{"n": 1}', headers)
    method, url, body, headers = signed.method, signed.url, signed.content, dict(signed.headers)
    match change:
        case "method":
            method = "PUT"
        case "path":
            url = url.copy_with(path="/event")
        case "query":
            url = url.copy_with(query=b"a=2")
        case "body":
            body = b'{"n": 2}'
        case "content-type":
            headers["content-type"] = "text/plain"
        case "date":
            headers["x-amz-date"] = headers["x-amz-date"][:-2] + ("1Z" if headers["x-amz-date"][-2] != "1" else "2Z")
        case "signature":
            last = headers["authorization"][-1]
            headers["authorization"] = headers["authorization"][:-1] + ("0" if last != "0" else "1")
    refused = function_url.send(httpx.Request(method, url, content=body, headers=headers))
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")


def test_the_invoke_api_takes_the_caller_that_may(function_url: httpx.Client) -> None:
    path = f"/2015-03-31/functions/{Function().name}/invocations"
    allowed = function_url.post(path, json=[1], auth=auth("invoke-caller"))
    assert (allowed.status_code, allowed.json()) == (200, {"received": [1]})
    assert function_url.post(path, json=[1], auth=auth("edge-caller")).status_code == 403
    assert function_url.get("/", auth=auth("invoke-caller")).status_code == 403


def test_twenty_calls_at_once_all_get_their_own_answer(edge: httpx.Client) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: edge.get(f"/items/{n}").json()["item_id"], range(20)))
    assert answers == list(range(20))
