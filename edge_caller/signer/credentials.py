"""Where the credentials come from: a value, or a provider that is called for each request."""

import inspect
from collections.abc import Awaitable, Callable

from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import Credentials

CredentialProvider = Callable[[], Credentials | Awaitable[Credentials]]
CredentialSource = Credentials | CredentialProvider


def check_source(source: object) -> None:
    if not isinstance(source, Credentials) and not callable(source):
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
        return source()
    except Exception as error:
        raise provider_failure(error) from error


def checked(provided: object) -> Credentials:
    if not isinstance(provided, Credentials):
        remedy = remedy_for(provided) or "it must give Credentials"
        raise SigningError(f"the credential provider gave a {type(provided).__name__}: {remedy}")
    return provided


def remedy_for(value: object) -> str | None:
    """How to make Credentials of botocore's. It looks at the class alone: reading an attribute may refresh them."""
    if hasattr(type(value), "get_frozen_credentials"):
        return "pass a provider, lambda: Credentials(*found.get_frozen_credentials()[:3]), where found is this object"
    if hasattr(type(value), "access_key"):
        return "make Credentials(*found[:3]), where found is this object"
    return None


def provider_failure(error: Exception) -> SigningError:
    return SigningError(f"the credential provider failed with {type(error).__name__}: it must return Credentials")
