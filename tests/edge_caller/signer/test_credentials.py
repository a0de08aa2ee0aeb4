"""Which credentials SigV4Auth takes: a value, a provider, and a clear error for anything else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.credentials import DeferredRefreshableCredentials, ReadOnlyCredentials, RefreshableCredentials

from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import Credentials
from tests.edge_caller.signer.clients import CREDENTIALS, LIBRARIES, TEMPORARY, URL, auth, ok, sent_by

SECRET = "botocores-secret-and-token"


async def provide() -> Credentials:
    return TEMPORARY


async def token_of(source: object, library: str = "httpx") -> str | None:
    """The session token that an async client sends."""
    module, sigv4_auth = LIBRARIES[library]
    transport = module.MockTransport(lambda request: module.Response(200))
    async with module.AsyncClient(transport=transport, auth=sigv4_auth(source)) as client:
        response = await client.get(URL)
    token: str | None = response.request.headers.get("x-amz-security-token")
    return token


def test_a_provider_is_called_for_each_request() -> None:
    renewed = iter([TEMPORARY, CREDENTIALS])
    one = auth(lambda: next(renewed))
    [first], [second] = sent_by(one, httpx.Request("GET", URL)), sent_by(one, httpx.Request("GET", URL))
    assert first.headers["x-amz-security-token"] == "token"
    assert "x-amz-security-token" not in second.headers
    assert "Credential=AKIALOCAL00000000001/" in second.headers["authorization"]


@pytest.mark.anyio
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("source", [provide, lambda: TEMPORARY, TEMPORARY], ids=["async", "sync", "value"])
async def test_an_async_client_takes_any_source(library: str, source: object) -> None:
    assert await token_of(source, library) == "token"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_sync_client_rejects_an_async_provider(library: str) -> None:
    module, sigv4_auth = LIBRARIES[library]
    transport = module.MockTransport(lambda request: module.Response(200))
    with (
        module.Client(transport=transport, auth=sigv4_auth(provide)) as client,
        pytest.raises(SigningError, match=r"the credential provider is async: use it with httpx\.AsyncClient"),
    ):
        client.get(URL)


def failing() -> Credentials:
    raise ConnectionError("a text that may hold anything")


async def failing_async() -> Credentials:
    raise ConnectionError("a text that may hold anything")


PROVIDER_FAILED = r"^the credential provider failed with ConnectionError: it must return Credentials$"


def test_a_failing_provider_is_a_clear_error() -> None:
    with pytest.raises(SigningError, match=PROVIDER_FAILED):
        sent_by(auth(failing), httpx.Request("GET", URL))


@pytest.mark.anyio
@pytest.mark.parametrize("provider", [failing, failing_async])
async def test_a_failing_provider_is_a_clear_error_in_an_async_client(provider: Callable[[], Credentials]) -> None:
    with pytest.raises(SigningError, match=PROVIDER_FAILED):
        await token_of(provider)


# What isn't Credentials


def refresh() -> dict[str, str]:
    raise AssertionError("refreshed")


OLD = datetime(2020, 1, 1, tzinfo=UTC)
SESSION_CREDENTIALS = {
    "Credentials": BotocoreCredentials("AKIALOCAL00000000001", SECRET, SECRET),
    "RefreshableCredentials": RefreshableCredentials("AKIALOCAL00000000001", SECRET, SECRET, OLD, refresh, "test"),
    "DeferredRefreshableCredentials": DeferredRefreshableCredentials(refresh, "test"),
}
FROZEN = ReadOnlyCredentials("AKIALOCAL00000000001", SECRET, "token", None)
OTHERS: list[object] = [None, "AKIALOCAL00000000001:" + SECRET, ("AKIALOCAL00000000001", SECRET), {"secret": SECRET}, 1]


def rejected(source: Any) -> str:
    """The message for these credentials; the same from a provider as for a value, and it never holds the secret."""
    with pytest.raises(SigningError) as value:
        auth(source)
    with pytest.raises(SigningError) as provided:
        sent_by(auth(lambda: source), httpx.Request("GET", URL), ok)
    name = type(source).__name__
    assert str(provided.value).startswith(f"the credential provider gave a {name}: ")
    assert SECRET not in f"{value.value} {provided.value} {value.value.__cause__} {provided.value.__cause__}"
    return str(value.value)


def test_takes_botocores_credentials_as_they_are() -> None:
    [request] = sent_by(auth(SESSION_CREDENTIALS["Credentials"]), httpx.Request("GET", URL), ok)
    assert "Credential=AKIALOCAL00000000001/" in request.headers["authorization"]


@pytest.mark.parametrize("name", ["RefreshableCredentials", "DeferredRefreshableCredentials"])
def test_botocores_credentials_renew_themselves_and_their_failure_is_told_without_a_value(name: str) -> None:
    with pytest.raises(SigningError, match="the credential provider failed with AssertionError"):
        sent_by(auth(SESSION_CREDENTIALS[name]), httpx.Request("GET", URL), ok)


def test_the_provider_that_the_message_shows_renews_botocores_credentials() -> None:
    def renewed() -> dict[str, str]:
        expiry = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        return {"access_key": "ASIALOCAL00000000004", "secret_key": "s", "token": "renewed", "expiry_time": expiry}

    found = RefreshableCredentials("ASIALOCAL00000000004", "s", "old", OLD, renewed, "test")
    [sent] = sent_by(auth(lambda: Credentials(*found.get_frozen_credentials()[:3])), httpx.Request("GET", URL))
    assert sent.headers["x-amz-security-token"] == "renewed"


def test_frozen_credentials_must_be_turned_into_credentials() -> None:
    found = FROZEN
    assert rejected(found) == (
        "credentials is a ReadOnlyCredentials: make Credentials(*found[:3]), where found is this object"
    )
    [sent] = sent_by(auth(Credentials(*found[:3])), httpx.Request("GET", URL))
    assert sent.headers["x-amz-security-token"] == "token"


@pytest.mark.parametrize("source", OTHERS, ids=lambda source: type(source).__name__)
def test_anything_else_is_a_clear_error(source: object) -> None:
    name = type(source).__name__
    assert rejected(source) == f"credentials is a {name}: pass Credentials, or a function that returns them"


@pytest.mark.anyio
@pytest.mark.parametrize("source", [None, FROZEN, SESSION_CREDENTIALS["Credentials"]], ids=lambda s: type(s).__name__)
async def test_an_async_provider_must_give_credentials_too(source: object) -> None:
    async def provide() -> object:
        return source

    with pytest.raises(SigningError, match=f"^the credential provider gave a {type(source).__name__}: "):
        await token_of(provide)
