"""Where the credentials come from: a value, a provider that is called for each request, or botocore's objects."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, runtime_checkable

import httpx

from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import RenewingCredentials
from edge_caller.signer.sigv4 import Credentials

CredentialProvider = Callable[[], Credentials | Awaitable[Credentials]]


@runtime_checkable
class BotocoreCredentials(Protocol):
    """botocore's and boto3's own: of a profile, SSO, an instance. They renew themselves."""

    def get_frozen_credentials(self) -> Any: ...


CredentialSource = Credentials | CredentialProvider | BotocoreCredentials


def check_source(source: object) -> None:
    if not isinstance(source, Credentials | BotocoreCredentials) and not callable(source):
        remedy = remedy_for(source) or "pass Credentials, or a function that returns them"
        raise SigningError(f"credentials is a {type(source).__name__}: {remedy}")


def current_credentials(source: CredentialSource) -> Credentials:
    provided = provided_by(source)
    if not isinstance(provided, Credentials) and inspect.isawaitable(provided):
        if inspect.iscoroutine(provided):
            provided.close()  # it will never be awaited
        raise SigningError("the credential provider is async: use it with httpx.AsyncClient, or pass a sync one")
    return checked(provided)


async def current_credentials_async(source: CredentialSource) -> Credentials:
    if isinstance(source, Credentials):
        return source
    if isinstance(source, RenewingCredentials):
        return await source.current()
    if isinstance(source, BotocoreCredentials):
        return await asyncio.to_thread(current_credentials, source)  # it may ask AWS, and would block the event loop
    provided = provided_by(source)
    if not isinstance(provided, Credentials) and inspect.isawaitable(provided):
        try:
            provided = await provided
        except Exception as error:
            raise provider_failure(error) from error
    return checked(provided)


def provided_by(source: CredentialSource) -> Credentials | Awaitable[Credentials]:
    if isinstance(source, Credentials):
        return source
    try:
        if isinstance(source, BotocoreCredentials):
            return Credentials(*source.get_frozen_credentials()[:3])
        return source()
    except SigningError:
        raise
    except Exception as error:
        raise provider_failure(error) from error


def reject(source: CredentialSource, credentials: Credentials, response: httpx.Response) -> bool:
    """Whether AWS says that these credentials have expired, and the source can give others."""
    if response.status_code != 403 or not isinstance(source, RenewingCredentials):
        return False
    if response.headers.get("x-amzn-errortype", "").partition(":")[0] != "ExpiredTokenException":
        return False
    return source.reject(credentials)


def checked(provided: object) -> Credentials:
    if not isinstance(provided, Credentials):
        remedy = remedy_for(provided) or "it must give Credentials"
        raise SigningError(f"the credential provider gave a {type(provided).__name__}: {remedy}")
    return provided


def remedy_for(value: object) -> str | None:
    """How to make Credentials of botocore's. It looks at the class alone: reading an attribute may refresh them."""
    if hasattr(type(value), "get_frozen_credentials"):
        return "pass this object itself to SigV4Auth, not a function that returns it"
    if hasattr(type(value), "access_key"):
        return "make Credentials(*found[:3]), where found is this object"
    return None


def provider_failure(error: Exception) -> SigningError:
    return SigningError(f"the credential provider failed with {type(error).__name__}: it must return Credentials")
