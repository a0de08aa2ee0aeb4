"""A claim that isn't whole: AWS says which part is missing, and names the header by its hash only."""

from base64 import b64encode
from hashlib import sha256

import pytest

from tests.local_aws.answers import FORBIDDEN, assert_refused, incomplete_signature
from tests.local_aws.asgi import FakeRuntime, Send
from tests.local_aws.signing import Request, signed

pytestmark = pytest.mark.anyio

WHOLE = signed()["authorization"]
NO_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."


def requires(*names: str) -> str:
    return " ".join(f"Authorization header requires '{name}' parameter." for name in names)


def named_by_its_hash(message: str, *authorizations: str) -> str:
    digest = b64encode(sha256(",".join(authorizations).encode()).digest()).decode()
    return f"{message} (Hashed with SHA-256 and encoded with Base64) Authorization={digest}"


@pytest.mark.parametrize(
    "request_",
    [
        signed().without("authorization"),
        signed().with_header("authorization", "Bearer token"),
        signed().with_header("authorization", ""),
        signed().with_header("authorization", WHOLE.lower()),
        signed("/?X-Amz-Credential=x&X-Amz-Date=x").without("authorization"),
    ],
    ids=["none", "bearer", "empty", "lower case", "some parameters"],
)
async def test_refuses_what_nobody_signed(send: Send, runtime: FakeRuntime, request_: Request) -> None:
    assert_refused(await send(request_), FORBIDDEN)
    assert runtime.events == []


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (WHOLE.replace("Credential=", "Cred="), requires("Credential")),
        (WHOLE.replace("SignedHeaders=", "Headers="), requires("SignedHeaders")),
        (WHOLE.replace("Signature=", "Sig="), requires("Signature")),
        (WHOLE.rpartition("Signature=")[0] + "Signature=", requires("Signature")),
        ("AWS4-HMAC-SHA256 a=b", requires("Credential", "Signature", "SignedHeaders")),
    ],
)
async def test_says_what_the_header_lacks(send: Send, authorization: str, message: str) -> None:
    refusal = incomplete_signature(named_by_its_hash(message, authorization))
    assert_refused(await send(signed().with_header("authorization", authorization)), refusal)


@pytest.mark.parametrize(
    "authorization", ["AWS4-HMAC-SHA256 Credential", "AWS4-HMAC-SHA256", WHOLE.replace(" ", ""), WHOLE + ","]
)
async def test_says_that_a_part_has_no_equal_sign(send: Send, authorization: str) -> None:
    digest = b64encode(sha256(authorization.encode()).digest()).decode()
    sentence = "Invalid key=value pair (missing equal-sign) in Authorization header"
    refusal = incomplete_signature(f"{sentence} (hashed with SHA-256 and encoded with Base64): '{digest}'.")
    assert_refused(await send(signed().with_header("authorization", authorization)), refusal)


async def test_asks_for_a_date(send: Send) -> None:
    refusal = incomplete_signature(named_by_its_hash(NO_DATE, WHOLE))
    assert_refused(await send(signed().without("x-amz-date")), refusal)


async def test_names_all_that_is_missing(send: Send) -> None:
    authorization = "AWS4-HMAC-SHA256 Credential=a"
    request = signed().with_header("authorization", authorization).without("x-amz-date")
    message = requires("Signature", "SignedHeaders") + " " + NO_DATE
    assert_refused(await send(request), incomplete_signature(named_by_its_hash(message, authorization)))


async def test_takes_the_parts_in_any_order_and_spacing(send: Send) -> None:
    algorithm, _, parts = WHOLE.partition(" ")
    for between in (",", ", ", " ,  "):
        authorization = f"{algorithm} " + between.join(reversed(parts.split(", ")))
        assert (await send(signed().with_header("authorization", authorization))).status_code == 200


@pytest.mark.parametrize("other", [WHOLE, "Bearer token"])
async def test_refuses_several_authorization_headers(send: Send, other: str) -> None:
    """Which one counts, nobody should have to guess."""
    message = named_by_its_hash("There is more than one Authorization header.", WHOLE, other)
    request = signed()
    twice = Request(request.method, request.target, (*request.headers, ("authorization", other.encode())))
    assert_refused(await send(twice), incomplete_signature(message))


@pytest.mark.parametrize(
    "date",
    [
        "",
        "now",
        "2026-11-23T06:00:00Z",
        "20261123T060000",
        "20261323T060000Z",
        "20261123T060000Z,20261123T060000Z",
        "Mon, 31 Dec 9999 23:59:59 -2300",
        "Mon, 23 Nov 99999999999 06:00:00 GMT",
        "2\N{FULLWIDTH DIGIT ZERO}261123T060000Z",
    ],
)
async def test_refuses_a_date_that_is_none(send: Send, date: str) -> None:
    message = f"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
    refusal = incomplete_signature(message if date else named_by_its_hash(NO_DATE, WHOLE))
    assert_refused(await send(signed().with_header("x-amz-date", date)), refusal)
