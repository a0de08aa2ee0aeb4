"""Which credentials the variables ask for: a key, a source of AWS's that renews itself, or a command."""

import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from edge_caller.errors import ConfigurationError
from edge_caller.signer.credentials import CredentialSource
from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import RenewingCredentials
from edge_caller.signer.sigv4 import Credentials
from edge_caller.variables import Variables, given_in, required, variables_in

Make = Callable[[Variables, str, str], CredentialSource]


def static_key(given: Variables, source: str, region: str) -> Credentials:
    access_key_id = required(given, "AWS_ACCESS_KEY_ID", source)
    if not re.fullmatch(r"\w{16,128}", access_key_id):
        raise ConfigurationError(
            f"AWS_ACCESS_KEY_ID in {source} is not an access key ID: one is 16 or more letters and digits, as AKIA..."
        )
    token = given["AWS_SESSION_TOKEN"]
    if access_key_id.startswith("ASIA") and not token:
        raise ConfigurationError(
            f"AWS_ACCESS_KEY_ID in {source} is a temporary one (ASIA...), which AWS takes only with its session token: "
            "set AWS_SESSION_TOKEN too"
        )
    return Credentials(access_key_id, required(given, "AWS_SECRET_ACCESS_KEY", source), token)


# Each source is imported where it is used: a Worker has neither files nor commands, and loads none of them.


def web_identity(given: Variables, source: str, region: str) -> CredentialSource:
    from edge_caller.signer.sources.web_identity import WebIdentity

    role = required(given, "AWS_ROLE_ARN", source)
    token_file = required(given, "AWS_WEB_IDENTITY_TOKEN_FILE", source)
    return RenewingCredentials(WebIdentity(role, token_file, region=region, endpoint=given["AWS_ENDPOINT_URL_STS"]))


def container_endpoint(given: Variables, source: str, region: str) -> CredentialSource:
    from edge_caller.signer.sources.container import ContainerEndpoint

    url = required(given, "AWS_CONTAINER_CREDENTIALS_FULL_URI", source)
    token, file = given["AWS_CONTAINER_AUTHORIZATION_TOKEN"], given["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
    return RenewingCredentials(ContainerEndpoint(url, token=token, token_file=file))


def command_output(given: Variables, source: str, region: str) -> CredentialSource:
    from edge_caller.signer.sources.command import CommandOutput

    return RenewingCredentials(CommandOutput(required(given, "EDGE_CREDENTIAL_COMMAND", source)))


# The variables that each source needs, and those that it may have.
SOURCES: dict[Make, tuple[tuple[str, ...], tuple[str, ...]]] = {
    static_key: (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_SESSION_TOKEN",)),
    web_identity: (("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"), ()),
    container_endpoint: (
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    ),
    command_output: (("EDGE_CREDENTIAL_COMMAND",), ()),
}
CREDENTIAL_VARIABLES = (
    *(name for needed, optional in SOURCES.values() for name in needed + optional),
    "AWS_ENDPOINT_URL_STS",
)


def credentials_from(given: Variables, source: str, region: str, file: Path | None = None) -> CredentialSource:
    """Of the one source that is set; a key in a file that may change is read again. Raises ConfigurationError."""
    make = chosen_source(given, source)
    try:
        made = make(given, source, region)
    except SigningError as error:
        raise ConfigurationError(f"{SOURCES[make][0][0]} in {source}: {error}") from error
    if file is None or make is not static_key:
        return made
    from edge_caller.signer.sources.key_file import KeyFile

    return RenewingCredentials(KeyFile(file, partial(key_in, source=source), say=say))


def chosen_source(given: Variables, source: str) -> Make:
    """The source whose variables are set, all that it needs. Raises ConfigurationError, which names the variables."""
    by_source = {
        make: [name for name in needed + optional if given[name]] for make, (needed, optional) in SOURCES.items()
    }
    chosen = [make for make, names in by_source.items() if names]
    if len(chosen) > 1:
        names = " and ".join(by_source[make][0] for make in chosen)
        raise ConfigurationError(f"{names} are set in {source}: keep the one that is to be used")
    make = chosen[0] if chosen else static_key
    for name in SOURCES[make][0]:
        if chosen and not given[name]:
            beside = by_source[make][0]
            raise ConfigurationError(f"{name} is not set in {source}, and {beside} is: set both, or remove {beside}")
    return make


def key_in(text: str, source: str) -> Credentials:
    """The key of a file in the form of `.dev.vars`. Raises SigningError."""
    try:
        given = given_in(variables_in(text), CREDENTIAL_VARIABLES, source)
        if chosen_source(given, source) is static_key:
            return static_key(given, source, "")
    except ConfigurationError as error:
        raise SigningError(str(error)) from error
    raise SigningError(f"{source} has another source of credentials than a key: it is used after a restart")


def say(sentence: str) -> None:
    print(f"edge_caller: {sentence}", file=sys.stderr, flush=True)


def described(credentials: CredentialSource) -> str:
    """Which source it is, and until when its credentials last. Raises SigningError where it gives none."""
    if not isinstance(credentials, RenewingCredentials):
        return kind_of(credentials)
    kind, end = kind_of(credentials()), credentials.expires_at
    return f"{credentials.name}, until {end:%Y-%m-%d %H:%M:%S} UTC" if end else f"{kind}, from {credentials.name}"


def kind_of(credentials: CredentialSource) -> str:
    return "a temporary key" if isinstance(credentials, Credentials) and credentials.session_token else "an access key"
