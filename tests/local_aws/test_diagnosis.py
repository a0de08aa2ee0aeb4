"""The log's reason for a signature that doesn't match: usual mistakes are named, nothing is guessed."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from tests.local_aws.answers import MISMATCH, assert_refused
from tests.local_aws.asgi import Send
from tests.local_aws.signing import CALLERS, HOST, INVOKE, Request, sha256_of, signed

pytestmark = pytest.mark.anyio

TYPE = ("content-type", "text/plain")
OTHER_URL = "another.lambda-url.ap-northeast-1.on.aws"
SECRET = CALLERS["edge-caller"].secret_access_key


def misled(step: str, result: str, target: str = "/", **options: Any) -> Request:
    """Signed by a signer that takes one of its steps in another way."""
    with mock.patch(f"botocore.auth.SigV4Auth.{step}", return_value=result):
        return signed(target, **options)


def with_path(path: str, target: str) -> Request:
    return misled("_normalize_url_path", path, target)


def with_query(query: str, target: str) -> Request:
    return misled("canonical_query_string", query, target)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (with_path("/a%20b", "/a%20b"), "The path was signed as it is sent, which is S3's way"),
        (with_path("/a/b", "/a%2Fb"), "The path was decoded before it was signed"),
        (with_path("/a(b)", "/a(b)"), "The path has one of !'()*, which the signer left unencoded"),
        (with_path("/a%2520!'b*", "/a%20!'b*"), "The path has one of !'()*, which the signer left unencoded"),
        (with_path("/a//b/../c", "/a//b/../c"), "The path was signed with its empty or dot segments"),
        (with_path("/a", "/a/"), "The path was signed without the / at its end"),
        (with_path("/a/", "/a"), "The path was signed with a / at its end, but came without"),
        (with_query("b=2&a=1", "/?b=2&a=1"), "The query was signed as it is sent, not in its canonical form"),
        (with_query("a=%2f", "/?a=%2f"), "The query was signed as it is sent, not in its canonical form"),
        (with_query("flag", "/?flag"), "The query was signed as it is sent, not in its canonical form"),
        (with_query("a=b%20c", "/?a=b+c"), "A + in the query was signed as a space. Send a space as %20"),
        (with_query("", "/?a=b"), "The query was left out when signing"),
        (misled("payload", "UNSIGNED-PAYLOAD"), "The payload was signed as UNSIGNED-PAYLOAD"),
        (signed(method="POST").but(body=b"a"), "The signature is of an empty body, but a body came"),
        (signed().but(method="DELETE"), "The signature is of a GET, but a DELETE came"),
        (signed(method="PATCH").but(method="POST"), "The signature is of a PATCH, but a POST came"),
        (
            signed(headers=(("host", "127.0.0.1"),)).with_header("host", HOST),
            "Host was signed without its port, as 127.0.0.1. Sign the Host header as it is sent",
        ),
        (
            signed(headers=(("host", "a.example"),))
            .with_header("host", HOST)
            .with_header("x-forwarded-host", "a.example"),
            "The signature is for the Host a.example, but 127.0.0.1:9000 came: a proxy on the way changed it",
        ),
        (signed(secret=SECRET + "\n"), "The secret access key had a blank or line break at its end"),
        (signed(secret=SECRET + " "), "The secret access key had a blank or line break at its end"),
        (
            signed(secret=CALLERS["article-2024"].secret_access_key),
            "The request was signed with the secret access key of article-2024, not of edge-caller",
        ),
        (signed(headers=(TYPE,)).without("content-type"), "The signed header 'content-type' did not come. Send it"),
        (signed(headers=(TYPE,)).with_header("content-type", b"\xff"), "Content-Type was signed as 'text/plain', but"),
        (
            signed(headers=(("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),)),
            "The payload was signed as UNSIGNED-PAYLOAD",
        ),
        (signed(headers=(sha256_of(b"a"),)), "x-amz-content-sha256 is not the SHA-256 of the body that came"),
    ],
)
async def test_names_the_mistake(send: Send, log: Callable[[], str], request_: Request, reason: str) -> None:
    assert_refused(await send(request_), MISMATCH)
    assert log().partition(" - InvalidSignatureException: ")[2].startswith(reason)


@pytest.mark.parametrize(
    "request_",
    [
        signed(method="POST", body=b"a").but(body=b"b"),
        signed("/a").but(target="/b"),
        signed("/a%20b").but(target="/a%20c"),
        signed("/?a=1").but(target="/?a=2"),
        signed("/?a=1&b=2").but(target="/?b=2"),
        signed(headers=(("host", "a.example"),)).with_header("host", HOST),
        signed(headers=(("host", "a.example"),)).with_header("host", HOST).with_header("x-forwarded-host", "b.example"),
        signed(secret="another-secret"),
        signed("/a").but(target="/b", method="POST"),
    ],
)
async def test_leaves_open_what_it_has_not_found(send: Send, log: Callable[[], str], request_: Request) -> None:
    assert_refused(await send(request_), MISMATCH)
    reason = log().partition(" - InvalidSignatureException: ")[2]
    assert reason.startswith(
        "With the secret access key of edge-caller, this request has another signature: the method, "
    )
    assert " changed after signing, or the secret is wrong" in reason


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (
            signed(region="us-east-1"),
            "The request was signed for the region 'us-east-1', but",
        ),
        (signed(service="s3"), "The request was signed for the service 's3'. Sign for the service lambda"),
        (signed().with_authorization("host;", ""), "Host is not among the signed headers"),
        (
            signed().with_authorization("AKIALOCAL00000000001", "AKIALOCAL00000000009"),
            "The signature was made with the secret access key of edge-caller, whose access key ID is",
        ),
        (signed(by="temporary-caller"), "The key of temporary-caller is temporary, and its session token is missing"),
        (signed(token="x"), "A session token came, but the key of edge-caller is a long-term key"),
        (
            signed().with_header("x-amz-date", "20261123T050000Z"),
            "The request was signed at 20261123T050000Z, more",
        ),
        (
            signed().with_header("x-amz-date", "20261123T070000Z"),
            "The request was signed at 20261123T070000Z, more",
        ),
        (
            signed(by="article-2024"),
            "The policies of article-2024 don't allow lambda:InvokeFunction: no statement allows it for",
        ),
        (
            signed(by="invoke-caller"),
            "The policies of invoke-caller don't allow lambda:InvokeFunctionUrl: no statement",
        ),
        (signed(headers=(("host", OTHER_URL),)), f"No function has the Function URL {OTHER_URL}"),
        (
            signed().but(target="/a#b"),
            "The request line has the path '/a#b'",
        ),
        (
            signed(INVOKE, method="POST", by="invoke-caller", headers=(("x-amz-invocation-type", "Event"),)),
            "The invocation type is 'Event': the stand-in invokes as RequestResponse only",
        ),
        (
            signed(INVOKE, method="POST"),
            "The policies of edge-caller don't allow lambda:InvokeFunction: the statement 'OnlyThroughTheUrl' would, "
            "but its condition on lambda:InvokedViaFunctionUrl isn't met",
        ),
    ],
)
async def test_every_other_refusal_has_its_reason(
    send: Send, log: Callable[[], str], request_: Request, reason: str
) -> None:
    await send(request_)
    assert log().partition("Exception: ")[2].startswith(reason)
