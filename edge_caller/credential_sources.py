"""Which credentials the variables ask for: a key, a source of AWS's that renews itself, or a command."""

import re
from collections.abc import Callable, Mapping

from edge_caller.errors import ConfigurationError
from edge_caller.signer.credentials import CredentialSource
from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import RenewingCredentials
from edge_caller.signer.sigv4 import Credentials

Given = Mapping[str, str | None]

CREDENTIAL_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ENDPOINT_URL_STS",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "EDGE_CREDENTIAL_COMMAND",
)


def credentials_from(given: Given, source: str, region: str) -> CredentialSource:
    """Of the one source that is set; of the key where none is. Raises ConfigurationError where two are, naming both."""
    chosen = [name for name in SOURCES if given[name]]
    if len(chosen) > 1:
        raise ConfigurationError(f"{' and '.join(chosen)} are set in {source}: keep the one that is to be used")
    if not chosen:
        chosen = ["AWS_WEB_IDENTITY_TOKEN_FILE" if given["AWS_ROLE_ARN"] else "AWS_ACCESS_KEY_ID"]
    try:
        return SOURCES[chosen[0]](given, source, region)
    except SigningError as error:
        raise ConfigurationError(f"{chosen[0]} in {source}: {error}") from error


def required(given: Given, name: str, source: str) -> str:
    value = given[name]
    if not value:
        raise ConfigurationError(f"{name} is not set in {source}: set it there (.dev.vars.example shows each variable)")
    return value


def static_key(given: Given, source: str, region: str) -> CredentialSource:
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


def web_identity(given: Given, source: str, region: str) -> CredentialSource:
    from edge_caller.signer.sources.web_identity import WebIdentity

    role = required(given, "AWS_ROLE_ARN", source)
    token_file = required(given, "AWS_WEB_IDENTITY_TOKEN_FILE", source)
    return RenewingCredentials(WebIdentity(role, token_file, region=region, endpoint=given["AWS_ENDPOINT_URL_STS"]))


def container_endpoint(given: Given, source: str, region: str) -> CredentialSource:
    from edge_caller.signer.sources.container import ContainerEndpoint

    url = required(given, "AWS_CONTAINER_CREDENTIALS_FULL_URI", source)
    token, file = given["AWS_CONTAINER_AUTHORIZATION_TOKEN"], given["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
    return RenewingCredentials(ContainerEndpoint(url, token=token, token_file=file))


def command_output(given: Given, source: str, region: str) -> CredentialSource:
    from edge_caller.signer.sources.command import CommandOutput

    return RenewingCredentials(CommandOutput(required(given, "EDGE_CREDENTIAL_COMMAND", source)))


SOURCES: Mapping[str, Callable[[Given, str, str], CredentialSource]] = {
    "AWS_ACCESS_KEY_ID": static_key,
    "AWS_WEB_IDENTITY_TOKEN_FILE": web_identity,
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": container_endpoint,
    "EDGE_CREDENTIAL_COMMAND": command_output,
}


def described(credentials: CredentialSource) -> str:
    """Which source it is, and until when its credentials last. Raises SigningError where it gives none."""
    if isinstance(credentials, RenewingCredentials):
        credentials()
        end = credentials.expires_at
        return f"{credentials.name}, until {end:%Y-%m-%d %H:%M:%S} UTC" if end else credentials.name
    return "a temporary key" if isinstance(credentials, Credentials) and credentials.session_token else "an access key"
