"""SigV4Auth for httpx2: an Auth of its own. test_auth_on_the_wire, test_bodies and test_credentials test both."""

from datetime import timedelta
from email.utils import format_datetime

import httpx2
import pytest

from edge_caller.signer.httpx2_auth import SigV4Auth
from tests.edge_caller.signer.clients import CREDENTIALS, NOON, URL


def aws(request: httpx2.Request) -> httpx2.Response:
    """Rejects a signature of another time than noon, as AWS does."""
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
    auth = SigV4Auth(CREDENTIALS, now=lambda: NOON - timedelta(hours=1))
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(aws), auth=auth) as client:
        assert (await client.post(URL, json={"a": 1})).status_code == 200
