"""Change and send: after signing, signed anew, or unsigned; to this stand-in alone."""

import pytest

from local_aws.record import Gate
from tests.local_aws.inspector.conftest import Stack
from tests.local_aws.signing import CALLERS, signed

pytestmark = pytest.mark.anyio


def fields(**changes: str) -> dict[str, str]:
    call = {"method": "POST", "target": "/orders?a=1", "headers": "host: 127.0.0.1:9000\nx-a: b", "body": "one\ntwo"}
    return call | {"signature": "keep"} | changes


async def path_of_a_good_call(stack: Stack) -> str:
    kept = await stack.kept(signed("/orders?a=1", method="POST", body=b"one\r\ntwo", headers=(("x-a", "b"),)))
    return f"/r/{kept.request_id}/send"


async def test_an_unchanged_call_is_as_good_as_before(stack: Stack) -> None:
    kept = await stack.send(await path_of_a_good_call(stack), **fields())
    assert (kept.status, kept.body) == (200, "one\r\ntwo")


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"target": "/orders?a=2"},
        {"headers": "host: 127.0.0.1:9000\nx-a: c"},
        {"headers": "host: elsewhere.example\nx-a: b"},
        {"body": "one\ntwo\n"},
    ],
    ids=str,
)
async def test_a_change_breaks_a_kept_signature_and_not_a_new_one(stack: Stack, change: dict[str, str]) -> None:
    path = await path_of_a_good_call(stack)
    assert (await stack.send(path, **fields(**change))).failed_at is Gate.SIGNATURE
    assert (await stack.send(path, **fields(**change, signature="edge-caller"))).status == 200


@pytest.mark.parametrize("caller", CALLERS)
async def test_signs_as_any_caller(stack: Stack, caller: str) -> None:
    kept = await stack.send(await path_of_a_good_call(stack), **fields(signature=caller))
    assert kept.caller == caller
    assert kept.failed_at in (None, Gate.PERMISSION)


async def test_sends_without_a_signature(stack: Stack) -> None:
    kept = await stack.send(await path_of_a_good_call(stack), **fields(signature="unsigned"))
    assert kept.failed_at is Gate.CLAIM


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"method": "GET /"}, "the method is &#39;GET /&#39;"),
        ({"method": ""}, "the method is"),
        ({"target": "http://elsewhere.example/"}, "begin it with /"),
        ({"headers": "host"}, "write it as name: value"),
        ({"headers": "a b: c"}, "write it as name: value"),
    ],
    ids=str,
)
async def test_says_what_it_can_not_send_and_keeps_what_was_typed(
    stack: Stack, change: dict[str, str], text: str
) -> None:
    answer = await stack.page.post(await path_of_a_good_call(stack), data=fields(**change))
    assert answer.status_code == 400
    assert text in answer.text
    assert "one\ntwo</textarea>" in answer.text


@pytest.mark.parametrize("target", ["/ä?b=ö#c", "/a b", "/%2f//..", "/é\udcff"], ids=ascii)
async def test_encodes_what_a_request_line_can_not_hold(stack: Stack, target: str) -> None:
    data = fields(target=target.encode("utf-8", "replace").decode(), signature="edge-caller")
    assert (await stack.send(await path_of_a_good_call(stack), **data)).status == 200


async def test_an_unknown_call_and_an_unknown_request_are_refused(stack: Stack) -> None:
    assert (await stack.page.post("/send", data={"call": "nothing"})).status_code == 400
    assert (await stack.page.post("/r/nothing/send", data=fields())).status_code == 404


async def test_a_form_is_bounded(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_aws.inspector.form.MAX_FORM_BYTES", 100)
    assert (await stack.page.post("/paste", data={"paste": "x" * 100})).status_code == 413
