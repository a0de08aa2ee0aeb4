"""Where AWS's guide asks for more than the stand-in does: the request is answered, and a warning says so."""

from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from local_aws.iam.claim import claim_of
from local_aws.iam.suspicions import warnings
from local_aws.received import ReceivedRequest
from tests.local_aws.answers import MISMATCH, assert_refused
from tests.local_aws.asgi import Edit, Send
from tests.local_aws.signing import Request, signed

pytestmark = pytest.mark.anyio

WARNED = {
    "signed_headers_upper_case": signed().with_authorization("=host;", "=Host;"),
    "signed_headers_not_in_order": signed().with_authorization("host;x-amz-date", "x-amz-date;host"),
    "fragile_header_covered": signed(headers=(("x-forwarded-for", "192.0.2.1"),)),
    "signed_header_absent": signed(headers=(("x-note", ""),)).without("x-note"),
    "amz_header_not_signed": signed().but(headers=(*signed().headers, ("x-amz-meta", b"1"))),
    "date_of_another_form": signed(headers=(("Date", "botocore signs it in place of X-Amz-Date"),)),
    "parameter_twice": signed("/?X-Amz-Expires=60", expires=60),
}


def codes(request: Request) -> list[str]:
    path, _, query = request.target.partition("?")
    received = ReceivedRequest(request.method, path, query, request.headers, request.body, "192.0.2.7", "1.1")
    claim = claim_of(received)
    assert claim is not None
    return [finding.code for finding in warnings(received, claim)]


@pytest.mark.parametrize("code", WARNED)
async def test_answers_what_aws_may_refuse_with_a_warning(send: Send, log: Callable[[], str], code: str) -> None:
    response = await send(WARNED[code])
    assert response.status_code == 200
    assert codes(WARNED[code]) == [code]
    assert "x-local-aws-reason" not in response.headers
    warning = response.headers["x-local-aws-warning"]
    assert log() == f"200 GET /\n    warning: {warning}"


@pytest.mark.parametrize("name", ["X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"])
def test_warns_of_a_parameter_that_comes_twice(name: str) -> None:
    request = signed(expires=60)
    [pair] = [pair for pair in request.target.partition("?")[2].split("&") if pair.startswith(name)]
    assert codes(request.but(target=f"{request.target}&{pair}")) == ["parameter_twice"]


@pytest.mark.parametrize("request_", [signed(), signed(expires=60)], ids=["header", "presigned"])
async def test_does_not_warn_without_a_cause(send: Send, request_: Request) -> None:
    assert codes(request_) == []
    assert "x-local-aws-warning" not in (await send(request_)).headers


async def test_refuses_a_signature_over_te(send: Send) -> None:
    """AWS's front removes it, so the signature can't match."""
    with mock.patch("botocore.auth.SIGNED_HEADERS_BLACKLIST", []):  # botocore itself never signs it
        request = signed(headers=(("te", "trailers"),))
    response = await send(request)
    assert_refused(response, MISMATCH)
    assert "te, which AWS's front removes" in response.headers["x-local-aws-reason"]


async def test_warns_of_an_arn_with_fewer_than_six_parts(send: Send, policies: Path, edit: Edit) -> None:
    edit(
        policies / "call-function-url.json", "arn:aws:lambda:REGION:ACCOUNT_ID:function:FUNCTION_NAME", "arn:aws:lambda"
    )
    response = await send(signed())
    assert response.status_code == 200
    assert "AWS reads it as arn:aws:lambda:*:*:*" in response.headers["x-local-aws-warning"]
