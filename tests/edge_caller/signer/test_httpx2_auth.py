"""SigV4Auth in clients of httpx2: the same flow as in httpx's. What it sends is tested in test_auth_on_the_wire.py."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from edge_caller.signer.errors import SigningError
from edge_caller.signer.httpx2_auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials

URL = "https://abc123.lambda-url.ap-northeast-1.on.aws"
CREDENTIALS = Credentials("AKIALOCAL00000000001", "secret")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


async def provide() -> Credentials:
    return CREDENTIALS


def aws(request: httpx2.Request) -> httpx2.Response:
    """Rejects a signature of another date than noon, as AWS does."""
    headers = {"date": format_datetime(NOON, usegmt=True)}
    if request.headers["x-amz-date"] == "20261123T120000Z":
        return httpx2.Response(200, headers=headers)
    return httpx2.Response(403, headers=headers | {"x-amzn-errortype": "InvalidSignatureException"})


def test_is_an_auth_of_httpx2() -> None:
    assert isinstance(SigV4Auth(CREDENTIALS), httpx2.Auth)


def test_corrects_its_clock_in_a_sync_client() -> None:
    auth = SigV4Auth(CREDENTIALS, now=lambda: NOON + timedelta(hours=1))
    with httpx2.Client(transport=httpx2.MockTransport(aws), auth=auth) as client:
        assert client.post(URL, content=iter([b"one", b"two"])).status_code == 200


@pytest.mark.anyio
async def test_corrects_its_clock_in_an_async_client() -> None:
    auth = SigV4Auth(provide, now=lambda: NOON - timedelta(hours=1))
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(aws), auth=auth) as client:
        assert (await client.post(URL, json={"a": 1})).status_code == 200


def test_rejects_an_async_provider_in_a_sync_client() -> None:
    with (
        httpx2.Client(transport=httpx2.MockTransport(aws), auth=SigV4Auth(provide)) as client,
        pytest.raises(SigningError, match="the credential provider is async"),
    ):
        client.get(URL)
