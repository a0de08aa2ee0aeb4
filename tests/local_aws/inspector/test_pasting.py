"""The paste page says what why-403 says, and shows no secret."""

import pytest

from local_aws.inspector.copies import paste_for_why
from local_aws.why.analysis import Beside, analyse
from local_aws.why.pastes.read import read_paste
from tests.local_aws.inspector.conftest import Stack
from tests.local_aws.signing import CALLERS, Request, signed

pytestmark = pytest.mark.anyio

FORBIDDEN = '{"message":"The request signature we calculated does not match the signature you provided."}'
ANSWER = f"HTTP/1.1 403 Forbidden\nx-amzn-errortype: InvalidSignatureException\n\n{FORBIDDEN}"


def raw(request: Request) -> str:
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    lines += [f"{name}: {value.decode()}" for name, value in request.headers]
    return "\n".join([*lines, "", "", ANSWER])


@pytest.mark.parametrize(
    ("language", "text"), [("en", "left out when signing"), ("ja", "クエリが署名に含まれていません")]
)
async def test_names_the_mistake_of_a_pasted_request(stack: Stack, language: str, text: str) -> None:
    paste = raw(signed("/").but(target="/?a=1"))
    page = (await stack.page.post(f"/paste?lang={language}", data={"paste": paste})).text
    assert text in page
    assert "<mark>a=1</mark>" in page


async def test_compares_with_the_canonical_request_of_an_unknown_key(stack: Stack) -> None:
    request = signed("/").with_authorization(CALLERS["edge-caller"].access_key_id, "AKIAQQQQQQQQQQQQQQQQ")
    came = "GET\n/\n\nhost:127.0.0.1:9000\nx-amz-date:20261123T060000Z\n\nhost;x-amz-date\n" + "0" * 64
    page = (await stack.page.post("/paste", data={"paste": raw(request), "canonical": came})).text
    assert "hashed payload" in page
    assert "note" in page


async def test_shows_no_secret_token_or_whole_signature(stack: Stack) -> None:
    caller = CALLERS["temporary-caller"]
    request = signed("/", by="temporary-caller", token=caller.session_token)
    signature = request["authorization"].partition("Signature=")[2]
    paste = raw(request).replace("host:", f"x-secret: {caller.secret_access_key}\nhost:")
    page = (await stack.page.post("/paste", data={"paste": paste})).text
    for secret in (caller.secret_access_key, caller.session_token, signature):
        assert secret
        assert secret not in page
    assert "&lt;session token&gt;" in page


@pytest.mark.parametrize("paste", ["", "nothing of AWS's"])
async def test_says_what_to_paste(stack: Stack, paste: str) -> None:
    assert 'role="alert"' in (await stack.page.post("/paste", data={"paste": paste})).text


@pytest.mark.parametrize(
    ("name", "code"),
    [("changed", "why_canonical_differs"), ("action", "why_denied_unknown"), ("unsigned", "not_signed")],
)
async def test_why_403_reads_the_copy_of_a_request_without_its_signature(stack: Stack, name: str, code: str) -> None:
    kept = await stack.send("/send", call=name)
    if kept.is_unexplained:
        await stack.history.wait(10)  # until every mistake was tried
        kept = await stack.by_id(kept.request_id)
    caller = CALLERS["edge-caller"]
    analysis = analyse(read_paste(paste_for_why(kept).encode()), Beside(caller, "callers.toml", (caller,)))
    assert [finding.code for finding in analysis.findings][:1] == [code]
