"""A Function URL in front of any ASGI app: as a context manager, and as a pytest fixture."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local_aws.iam.callers import read_callers
from local_aws.pytest_plugin import function_url as function_url_fixture
from local_aws.record import Gate, Record, State
from local_aws.testing import function_url
from policies.function import Function
from tests.local_aws.signing import CALLERS, signed

function_url_as_fixture = function_url_fixture
MINE = {
    "access_key_id": "AKIALOCAL00000000077",
    "secret_access_key": "a-secret-of-ones-own-not-a-real-one-----",
    "policies": ["call-function-url.json"],
}


async def echo(request: Request) -> JSONResponse:
    if request.url.path == "/broken":
        raise RuntimeError("broken")
    return JSONResponse({"path": request.url.path, "body": (await request.body()).decode()})


APP = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])


def send(url: str, target: str = "/items/42", **options: Any) -> httpx.Response:
    """Signed with the address that the URL has."""
    request = signed(target, headers=(("host", url.removeprefix("http://")),), at=datetime.now(UTC), **options)
    headers = [(name.encode(), value) for name, value in request.headers]
    return httpx.request(request.method, url + target, headers=headers, content=request.body, trust_env=False)


def test_lets_a_signed_request_through_and_no_other() -> None:
    with function_url(APP) as url:
        assert send(url, method="POST", body=b"hello").json() == {"path": "/items/42", "body": "hello"}
        refused = httpx.get(url, trust_env=False)
        assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
        assert send(url, by="article-2024").status_code == 403


def test_an_app_that_fails_answers_its_own_500() -> None:
    with function_url(APP) as url:
        assert send(url, "/broken").status_code == 500


def test_takes_callers_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with function_url(APP, callers={"tester": MINE}) as url:
        mine = read_callers(Function(), more={"tester": MINE})["AKIALOCAL00000000077"]
        monkeypatch.setitem(CALLERS, "tester", mine)
        assert send(url, by="tester").status_code == 200
        assert send(url).status_code == 200


def test_gives_the_record_of_each_request() -> None:
    records: list[Record] = []
    with function_url(APP, observe=records.append) as url:
        send(url)
        send(url, by="article-2024")
        httpx.get(url, trust_env=False)
    good, forbidden, unsigned = records
    assert [state for _, state in good.gates()] == [State.PASSED] * 5
    assert good.caller is not None
    assert (good.caller.name, good.event["rawPath"], good.answer["statusCode"]) == ("edge-caller", "/items/42", 200)
    assert good.findings == ()
    assert [(decision.action, decision.allowed) for decision in forbidden.decisions] == [
        ("lambda:InvokeFunctionUrl", True),
        ("lambda:InvokeFunction", False),
    ]
    assert dict(forbidden.gates())[Gate.PERMISSION] is State.FAILED
    assert dict(forbidden.gates())[Gate.FUNCTION] is State.NOT_REACHED
    assert (unsigned.at, unsigned.status, unsigned.error_type) == (Gate.CLAIM, 403, "AccessDeniedException")
    assert unsigned.message is not None
    assert unsigned.message.startswith("Forbidden. ")
    assert [finding.code for finding in unsigned.findings] == ["not_signed"]


def test_the_fixture_gives_a_url_for_the_test(function_url_as_fixture: Callable[..., str]) -> None:
    one, other = function_url_as_fixture(APP), function_url_as_fixture(APP, reserved_concurrency=0)
    assert send(one).status_code == 200
    assert send(other).status_code == 429
