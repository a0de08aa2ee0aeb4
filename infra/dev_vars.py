"""DevVars: the caller's variables in `.dev.vars`, changed without touching the other lines.

Only its owner may read the file. It is replaced as a whole, so that nobody reads half of it.
Source: Cloudflare Workers docs, "Environment variables and secrets" (`.dev.vars`).
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from edge_caller.signer.sigv4 import Credentials
from infra.errors import StepError


class DevVars:
    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    def read(self) -> Mapping[str, str | None]:
        return dotenv_values(self.path, interpolate=False) if self.path.exists() else {}

    @property
    def access_key_id(self) -> str | None:
        return self.read().get("AWS_ACCESS_KEY_ID") or None

    def credentials(self) -> Credentials:
        """Raises StepError where the file has no key."""
        found = self.read()
        access_key_id, secret = found.get("AWS_ACCESS_KEY_ID"), found.get("AWS_SECRET_ACCESS_KEY")
        if not access_key_id or not secret:
            raise StepError(f"{self.path.name} has no access key: make aws-key")
        return Credentials(access_key_id, secret, found.get("AWS_SESSION_TOKEN") or None)

    def write_key(self, credentials: Credentials, function_url: str) -> None:
        """The long-lived key in place of what was there; an earlier session token goes, since it isn't this key's."""
        self.write(
            {
                "FUNCTION_URL": function_url,
                "AWS_ACCESS_KEY_ID": credentials.access_key_id,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
                "AWS_SESSION_TOKEN": "",
            }
        )

    def forget_key(self) -> None:
        """Empties the key's lines, once the key is deleted at AWS."""
        self.write({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})

    def check_writable(self) -> None:
        """Raises StepError. To be asked before a key is made, whose secret AWS tells only once."""
        if not os.access(self.path.parent, os.W_OK) or (self.path.exists() and not os.access(self.path, os.W_OK)):
            raise StepError(f"{self.path} can't be written: correct its permissions, or name another with DEV_VARS=")

    def write(self, changes: Mapping[str, str]) -> None:
        lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
        kept = [line for line in lines if line.removeprefix("export ").partition("=")[0].strip() not in changes]
        text = "\n".join(kept + [f"{name}={value}" for name, value in changes.items() if value]) + "\n"
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)  # made with mode 600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, self.path)
        except BaseException:
            os.unlink(temporary)
            raise
