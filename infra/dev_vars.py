"""DevVars: the caller's variables in `.dev.vars`, changed without touching the other lines.

Only its owner may read the file (mode 0600). It is replaced as a whole, so that nobody reads half of it.
Source: https://developers.cloudflare.com/workers/configuration/secrets/
"""

import io
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from edge_caller.signer.sigv4 import Credentials
from infra.errors import StepError

SPARE = "#" * 4096  # more than a key's lines need


class DevVars:
    """Every method raises StepError for a file that can't be read or written."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))

    def read(self) -> Mapping[str, str | None]:
        return dotenv_values(stream=io.StringIO(self._text()), interpolate=False)

    @property
    def access_key_id(self) -> str | None:
        return self.read().get("AWS_ACCESS_KEY_ID") or None

    def credentials(self) -> Credentials:
        """Raises StepError if the file has no key."""
        found = self.read()
        access_key_id, secret = found.get("AWS_ACCESS_KEY_ID"), found.get("AWS_SECRET_ACCESS_KEY")
        if not access_key_id or not secret:
            raise StepError(f"{self.path.name} has no access key: make aws-key")
        return Credentials(access_key_id, secret, found.get("AWS_SESSION_TOKEN") or None)

    def write_key(self, credentials: Credentials, function_url: str) -> None:
        """Replaces the key, and removes an earlier session token, which belongs to another key."""
        self.write(
            {
                "FUNCTION_URL": function_url,
                "AWS_ACCESS_KEY_ID": credentials.access_key_id,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
                "AWS_SESSION_TOKEN": "",
            }
        )

    def forget_key(self) -> None:
        """Removes the key's lines, once the key is deleted at AWS."""
        self.write({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})

    def check_writable(self) -> None:
        """Writes as much as a key needs, and removes it again. AWS shows a secret only once, so check before that."""
        if self.path.exists() and not os.access(self.path, os.W_OK):
            raise StepError(f"{self.path} can't be written: correct its permissions, or name another with DEV_VARS=")
        os.unlink(self._written(self._text() + SPARE))

    def write(self, changes: Mapping[str, str]) -> None:
        lines = self._text().splitlines()
        kept = [line for line in lines if line.removeprefix("export ").partition("=")[0].strip() not in changes]
        text = "\n".join(kept + [f"{name}={value}" for name, value in changes.items() if value]) + "\n"
        os.replace(self._written(text), self.path)

    def _text(self) -> str:
        try:
            return self.path.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise StepError(
                f"{self.path} isn't UTF-8 text: save it as UTF-8, or name another with DEV_VARS="
            ) from error
        except OSError as error:  # a folder, or a file of another user
            raise self._unusable("read", error) from error

    def _written(self, text: str) -> str:
        """The path of a new file with this text, beside the real one."""
        temporary = ""
        try:
            descriptor, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)  # mode 0600
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())  # a full disk may show only here
            return temporary
        except BaseException as error:
            if temporary:
                os.unlink(temporary)
            if isinstance(error, OSError):
                raise self._unusable("written", error) from error
            raise

    def _unusable(self, what: str, error: OSError) -> StepError:
        return StepError(f"{self.path} can't be {what} ({error.strerror}): mend that, or name another with DEV_VARS=")
