"""When a request was signed and for what, whose key it is, and which of several faults AWS names first."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from local_aws import errors
from local_aws.iam.checks import verify
from local_aws.iam.claim import claim_of
from local_aws.received import ReceivedRequest, text_of
from local_aws.why.examination import examine
from tests.local_aws.answers import (
    FORBIDDEN,
    INVALID_TOKEN,
    MISMATCH,
    Refusal,
    assert_refused,
    incomplete_signature,
    invalid_signature,
)
from tests.local_aws.asgi import Send
from tests.local_aws.signing import CALLERS, NOW, Request, sha256_of, signed

pytestmark = pytest.mark.anyio

KEY = "AKIALOCAL00000000001"
CREDENTIAL = f"{KEY}/20261123/ap-northeast-1/lambda/aws4_request"
NO_HOST = invalid_signature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
EXPIRED = "Signature expired: 20261123T055459Z is now earlier than 20261123T055500Z (20261123T060000Z - 5 min.)"
EARLY = "Signature not yet current: 20261123T060501Z is still later than 20261123T060500Z (20261123T060000Z + 5 min.)"
WRONG_REGION = "Credential should be scoped to a valid region, not 'us-east-1'. "
WRONG_SERVICE = "Credential should be scoped to correct service: 'lambda'. "
WRONG_TERMINATOR = "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. "
WRONG_DATE = (
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
    "'20261122' != '20261123', from '20261123T060000Z'."
)


def without_five_parts(credential: str) -> Refusal:
    expected = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
    return incomplete_signature(f"{expected}, got '{credential}'")


@pytest.mark.parametrize("seconds", [-300, 0, 300])
async def test_takes_a_signature_up_to_five_minutes_off(send: Send, seconds: int) -> None:
    assert (await send(signed(at=NOW + timedelta(seconds=seconds)))).status_code == 200


@pytest.mark.parametrize(("seconds", "message"), [(-301, EXPIRED), (301, EARLY)])
async def test_refuses_a_signature_more_than_five_minutes_off(send: Send, seconds: int, message: str) -> None:
    assert_refused(await send(signed(at=NOW + timedelta(seconds=seconds))), invalid_signature(message))


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ("20261123/us-east-1/lambda/aws4_request", WRONG_REGION),
        ("20261123/ap-northeast-1/execute-api/aws4_request", WRONG_SERVICE),
        ("20261123/ap-northeast-1/lambda/aws5_request", WRONG_TERMINATOR),
        ("20261122/ap-northeast-1/lambda/aws4_request", WRONG_DATE),
        ("20261122/us-east-1/s3/aws5_request", WRONG_REGION + WRONG_SERVICE + WRONG_TERMINATOR + WRONG_DATE),
    ],
    ids=["region", "service", "terminator", "date", "all"],
)
async def test_names_each_wrong_part_of_the_scope(send: Send, scope: str, message: str) -> None:
    request = signed().with_authorization(CREDENTIAL, f"{KEY}/{scope}")
    assert_refused(await send(request), invalid_signature(message))


@pytest.mark.parametrize(
    ("elsewhere", "message"), [({"region": "us-east-1"}, WRONG_REGION), ({"service": "execute-api"}, WRONG_SERVICE)]
)
async def test_refuses_what_was_signed_for_elsewhere(send: Send, elsewhere: dict[str, str], message: str) -> None:
    assert_refused(await send(signed(**elsewhere)), invalid_signature(message))  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"region": "us-east-1"}, {"service": "execute-api"}], ids=str)
async def test_refuses_a_key_that_was_derived_for_elsewhere(send: Send, change: dict[str, str]) -> None:
    request = signed(**change)  # type: ignore[arg-type]
    scope = request["authorization"].partition("Credential=")[2].partition(",")[0]
    assert_refused(await send(request.with_authorization(scope, CREDENTIAL)), MISMATCH)


@pytest.mark.parametrize("credential", [KEY, CREDENTIAL.removesuffix("/aws4_request"), CREDENTIAL + "/x"])
async def test_refuses_a_credential_without_its_five_parts(send: Send, credential: str) -> None:
    request = signed().with_authorization(CREDENTIAL, credential)
    assert_refused(await send(request), without_five_parts(credential))


@pytest.mark.parametrize("key", ["AKIALOCAL00000000009", KEY.lower(), "no-key"])
async def test_refuses_an_unknown_key(send: Send, key: str) -> None:
    assert_refused(await send(signed().with_authorization(KEY, key)), INVALID_TOKEN)


@pytest.mark.parametrize("algorithm", ["AWS4-HMAC-SHA512", "AWS4-ECDSA-P256-SHA256"])
async def test_refuses_another_algorithm(send: Send, algorithm: str) -> None:
    refusal = incomplete_signature(f"Unsupported AWS 'algorithm': '{algorithm}' (only AWS4-HMAC-SHA256 for now). ")
    assert_refused(await send(signed().with_authorization("AWS4-HMAC-SHA256", algorithm)), refusal)


# In the order in which AWS looks for them.
FAULTS: dict[str, tuple[Callable[[Request], Request], Refusal]] = {
    "date": (
        lambda r: r.with_header("x-amz-date", "20261123T055459Z"),
        invalid_signature(EXPIRED),
    ),
    "host not signed": (
        lambda r: r.with_authorization("=host;", "="),
        NO_HOST,
    ),
    "algorithm": (
        lambda r: r.with_authorization("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
        incomplete_signature("Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now). "),
    ),
    "five parts": (
        lambda r: r.with_authorization("/aws4_request", ""),
        without_five_parts("AKIALOCAL00000000009/20261123/us-east-1/lambda"),
    ),
    "scope": (
        lambda r: r.with_authorization("/ap-northeast-1/", "/us-east-1/"),
        invalid_signature(WRONG_REGION),
    ),
    "key": (
        lambda r: r.with_authorization("AKIALOCAL00000000003", "AKIALOCAL00000000009"),
        INVALID_TOKEN,
    ),
    "signature": (
        lambda r: r.with_header("authorization", r["authorization"][:-1]),
        MISMATCH,
    ),
    "token": (
        lambda r: r.with_header("x-amz-security-token", "of another key"),
        INVALID_TOKEN,
    ),
    "policy": (lambda r: r, FORBIDDEN),
}


@pytest.mark.parametrize("hashed", [(), (sha256_of(b""),)], ids=["plain", "hashed"])
@pytest.mark.parametrize("first", FAULTS)
async def test_names_the_first_of_several_faults(send: Send, first: str, hashed: tuple[tuple[str, str]]) -> None:
    request = signed(by="article-2024", headers=hashed)
    for change, _ in list(FAULTS.values())[list(FAULTS).index(first) :]:
        request = change(request)
    assert_refused(await send(request), FAULTS[first][1])


EXAMINED = [name for name in FAULTS if name not in ("key", "policy")]  # the examination is given the key


@pytest.mark.parametrize("first", EXAMINED)
def test_the_examination_names_the_same_fault_first(first: str) -> None:
    request = signed(by="article-2024")
    for name in EXAMINED[EXAMINED.index(first) :]:
        request = FAULTS[name][0](request)
    received = ReceivedRequest("GET", "/", "", request.headers, b"", "192.0.2.7", "1.1")
    claim = claim_of(received)
    assert claim is not None
    callers = {caller.access_key_id: caller for caller in CALLERS.values()}
    with pytest.raises(errors.Refusal) as refused:
        verify(received, claim, callers, "ap-northeast-1", NOW)
    examined = examine(received, CALLERS["article-2024"], region="ap-northeast-1", now=NOW)
    assert examined.findings[0] == refused.value.findings[0]


@pytest.mark.parametrize("date", ["00010101T000000Z", "99991231T235959Z"])
def test_the_first_and_the_last_day_are_examined_like_any_other(date: str) -> None:
    request = signed().with_header("x-amz-date", date).with_authorization("20261123", date[:8])
    received = ReceivedRequest("GET", "/", "", request.headers, b"", "192.0.2.7", "1.1")
    assert examine(received, "another-secret", region="ap-northeast-1").findings


@pytest.mark.parametrize("text", [KEY, "20261123", "ap-northeast-1", "lambda", "aws4_request"])
def test_a_credential_of_other_bytes_is_examined_like_any_other(text: str) -> None:
    request = signed()
    other = request["authorization"].replace(text, "other").encode().replace(b"other", b"\xff")
    received = ReceivedRequest("GET", "/", "", request.with_header("authorization", other).headers, b"", "", "1.1")
    assert examine(received, "another-secret", region="ap-northeast-1").findings


@pytest.mark.parametrize("secret", [b"abc\xff", b"\xff", b"%\xff+/="], ids=repr)
def test_a_secret_of_other_bytes_is_examined_like_any_other(secret: bytes) -> None:
    received = ReceivedRequest("GET", "/", "", signed().headers, b"", "", "1.1")
    assert examine(received, text_of(secret), region="ap-northeast-1").findings


async def test_names_a_missing_parameter_before_all_other_faults(send: Send) -> None:
    request = signed(by="article-2024")
    for change, _ in FAULTS.values():
        request = change(request)
    response = await send(request.with_authorization("Signature=", "Sig="))
    assert response.headers["x-amzn-errortype"] == "IncompleteSignatureException"
    assert response.json()["message"].startswith("Authorization header requires 'Signature' parameter. ")
