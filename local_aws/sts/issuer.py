"""The local identity provider: discovery document, JWK Set, and tokens signed with a key that is made once.

The key's file can be read by its owner alone. Whoever has it can write tokens for the local STS, and for nothing else.
Source: OpenID Connect Discovery 1.0; RFC 7638, "JSON Web Key (JWK) Thumbprint".
"""

import json
import os
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm

from local_aws.errors import ConfigurationError

KEY_FILE = "issuer-key.pem"
ALGORITHM = "RS256"


class Issuer:
    """`url` is its `iss`, `folder` where its key is."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }

    def key_set(self) -> dict[str, Any]:
        return {"keys": [self.public_key | {"kid": self.key_id, "use": "sig", "alg": ALGORITHM}]}

    def token(self, claims: Mapping[str, Any]) -> str:
        """The claims as they are, signed."""
        payload = json.dumps(claims, separators=(",", ":")).encode()
        return jwt.PyJWS().encode(payload, self.key, ALGORITHM, headers={"kid": self.key_id})

    @cached_property
    def key(self) -> RSAPrivateKey:
        """Raises ConfigurationError for a folder that can't be used."""
        file = self._folder / KEY_FILE
        try:
            if not file.exists():
                make_key(file)
            key = load_pem_private_key(file.read_bytes(), None)
        except OSError as error:
            advice = "name another folder with LOCAL_AWS_OIDC_KEYS"
            raise ConfigurationError(f"{file} can't be used ({error.strerror}): {advice}") from error
        except ValueError as error:
            raise ConfigurationError(f"{file} isn't a private key: delete it, and it is made again") from error
        if not isinstance(key, RSAPrivateKey):
            raise ConfigurationError(f"{file} isn't an RSA key: delete it, and it is made again")
        return key

    @cached_property
    def public_key(self) -> dict[str, str]:
        document = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {name: document[name] for name in ("e", "kty", "n")}

    @cached_property
    def key_id(self) -> str:
        text = json.dumps(self.public_key, separators=(",", ":"), sort_keys=True)
        return urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")


def make_key(file: Path) -> None:
    """Whole or not at all; where two processes make it at once, both go on with the same one."""
    key = generate_private_key(65537, 2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text)
        os.link(temporary, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
