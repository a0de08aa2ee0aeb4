"""What sources read: the JSON in which AWS's helpers and endpoints give credentials, and a token in a file."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import TemporaryCredentials
from edge_caller.signer.sigv4 import Credentials

MAX_BYTES = 65_536  # of what a source gives: no credentials are that long


def credentials_in(
    text: str | bytes, token_name: str, source: str, *, version: int | None = None
) -> TemporaryCredentials:
    """The document's credentials; `token_name` is its name of the session token. Raises SigningError, with no value."""
    try:
        document = json.loads(text)
        if version not in (None, document.get("Version")):
            raise SigningError(f'{source} must print "Version": {version}, as AWS\'s credential_process: it did not')
        found = Credentials(*(required(document, name) for name in ("AccessKeyId", "SecretAccessKey")))
        token, end = document.get(token_name), document.get("Expiration")
        expires_at = moment(end) if end is not None else None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SigningError(
            f"{source} gave no credentials in AWS's form, JSON with AccessKeyId, SecretAccessKey and {token_name} "
            f"({type(error).__name__})"
        ) from None
    return TemporaryCredentials(Credentials(found.access_key_id, found.secret_access_key, token or None), expires_at)


def required(document: Any, name: str) -> str:
    value = document[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def moment(text: str) -> datetime:
    """A time with a zone, as 2026-11-25T06:00:00Z."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("Expiration")
    return found


def token_in(file: str | Path) -> str:
    """The token in a file that the platform writes. Raises SigningError."""
    try:
        return Path(file).read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise SigningError(
            f"the token's file {file} can't be read ({type(error).__name__}): the platform must write it"
        ) from None
