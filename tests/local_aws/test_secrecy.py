"""No signature, secret, session token or query in a log, an answer, an error or a repr."""

import logging
from datetime import timedelta

import pytest

from local_aws.errors import Refusal
from local_aws.iam.claim import claim_of
from local_aws.iam.diagnosis import SigningKey, case_of
from local_aws.received import ReceivedRequest
from local_aws.record import Record
from local_aws.why.examination import examine
from tests.local_aws.asgi import FakeRuntime, Send
from tests.local_aws.signing import CALLERS, INVOKE, NOW, Request, signed

pytestmark = pytest.mark.anyio

TOKEN = "local-session-token-not-a-real-one"
SECRETS = {caller.secret_access_key for caller in CALLERS.values()} | {TOKEN, "hush"}
QUERY = "/items/42?password=hush"


def signature_of(request: Request) -> str:
    if "X-Amz-Signature=" in request.target:
        return request.target.rpartition("X-Amz-Signature=")[2]
    return request["authorization"].rpartition("Signature=")[2]


CASES = {
    "accepted": signed(QUERY),
    "presigned": signed(QUERY, expires=60),
    "token": signed(QUERY, by="temporary-caller", token=TOKEN),
    "mismatch": signed(QUERY, secret="hush-secret"),
    "changed": signed(QUERY).but(target="/items/43?password=hush"),
    "presigned and changed": signed(QUERY, expires=60, by="temporary-caller", token=TOKEN).but(method="PUT"),
    "stale": signed(QUERY, at=NOW - timedelta(hours=1)),
    "stale presigned": signed(QUERY, at=NOW - timedelta(hours=1), expires=60),
    "scope": signed(QUERY, region="us-east-1"),
    "unknown key": signed(QUERY).with_authorization("AKIALOCAL00000000001", "AKIALOCAL00000000009"),
    "secret for a key": signed(QUERY).with_authorization("AKIALOCAL00000000001", "hush-secret-that-is-no-key-id"),
    "not whole": signed(QUERY).with_authorization("Credential=", "Cred="),
    "without spaces": signed(QUERY).with_authorization(" ", ""),
    "presigned and not whole": signed(QUERY + "&X-Amz-Security-Token=hush", expires=60).but(method="PUT"),
    "algorithm": signed(QUERY).with_authorization("SHA256 ", "SHA512 "),
    "token of another": signed(QUERY, token="hush-token"),
    "token missing": signed(QUERY, by="temporary-caller"),
    "hash": signed(QUERY, headers=(("x-amz-content-sha256", "hush"),)),
    "header": signed(QUERY, headers=(("x-note", "hush"),)).with_header("x-note", "hush-2"),
    "not allowed": signed(QUERY, by="article-2024"),
    "not allowed to invoke": signed(INVOKE + "?password=hush", method="POST", body=b'"hush"'),
    "no JSON": signed(INVOKE, method="POST", body=b"hush", by="invoke-caller"),
    "unknown URL": signed(QUERY, headers=(("host", "another.lambda-url.ap-northeast-1.on.aws"),)),
    "no target": signed(QUERY).but(target="/items#?password=hush"),
}


@pytest.mark.parametrize("case", CASES)
async def test_neither_log_nor_answer_holds_a_secret(send: Send, caplog: pytest.LogCaptureFixture, case: str) -> None:
    caplog.set_level(logging.DEBUG)  # of botocore too, which can log canonical requests and signatures
    response = await send(CASES[case])
    answer = response.text + str(response.headers)
    told = caplog.text + answer
    assert caplog.records
    assert not [secret for secret in {*SECRETS - {"hush"}, signature_of(CASES[case])} if secret in told]
    assert "hush" not in answer + caplog.text.partition("The canonical request that AWS makes:")[0]


async def test_a_canonical_request_in_the_log_holds_no_session_token(
    send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for request in (
        signed(QUERY, by="temporary-caller", token="a-secret-token", secret="another"),
        signed(QUERY, by="temporary-caller", token="a-secret-token", secret="another", expires=60),
    ):
        caplog.clear()
        await send(request)
        assert "The canonical request that AWS makes:" in caplog.text
        assert "a-secret-token" not in caplog.text
        assert signature_of(request) not in caplog.text


async def test_a_functions_failure_repeats_nothing_of_its_answer(
    send: Send, runtime: FakeRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for hostile in ({"headers": {"x-a": "hush\n"}}, {"cookies": "hush"}, {"body": ["hush"]}):
        runtime.answer = {"statusCode": 200} | hostile
        assert (await send(signed())).status_code == 502
    assert "hush" not in caplog.text


def test_no_repr_shows_a_secret() -> None:
    query = CASES["presigned and changed"].target.partition("?")[2]
    received = ReceivedRequest("GET", "/", query, CASES["token"].headers, b"hush", "192.0.2.7", "1.1")
    claim = claim_of(received)
    assert claim is not None
    caller = CALLERS["temporary-caller"]
    case = case_of(received, claim, caller, "ap-northeast-1", (caller,))
    record = Record("an-id", NOW, "GET", "/", request=received, claim=claim, callers=CALLERS, caller=caller)
    examination = examine(received, caller, region="ap-northeast-1", now=NOW)
    shown = repr([received, claim, case, record, SigningKey(b"hush"), examination, CALLERS])
    assert not [secret for secret in {*SECRETS, signature_of(CASES["token"])} if secret in shown]


def test_no_refusal_keeps_the_header_that_it_is_about() -> None:
    request = CASES["not whole"]
    received = ReceivedRequest("GET", "/", "", request.headers, b"", "192.0.2.7", "1.1")
    with pytest.raises(Refusal) as refused:
        claim_of(received)
    shown = repr(refused.value) + repr(vars(refused.value)) + str(refused.value)
    assert signature_of(request) not in shown
