"""CommandOutput: credentials that a command prints, as AWS's `credential_process` has it.

    CommandOutput("aws configure export-credentials")

Source: AWS SDKs and Tools Reference Guide, "Process credential provider".
"""

import shlex
import subprocess
from collections.abc import Sequence

from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import TemporaryCredentials
from edge_caller.signer.sources.documents import credentials_in

TIMEOUT_SECONDS = 30.0


class CommandOutput:
    """`command` is a line of words, quoted as in a shell, or a list of them. No shell runs it."""

    def __init__(self, command: str | Sequence[str], *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        try:
            self._words = shlex.split(command) if isinstance(command, str) else list(command)
        except ValueError:
            self._words = []
        if not self._words:
            raise SigningError("the credential command is empty, or has a quotation mark without its other half")
        self._timeout_seconds = timeout_seconds

    def __call__(self) -> TemporaryCredentials:
        name = self._words[0]
        try:
            ran = subprocess.run(
                self._words, stdin=subprocess.DEVNULL, capture_output=True, timeout=self._timeout_seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise SigningError(f"{name} gave no credentials within {self._timeout_seconds:g} seconds") from None
        except OSError as error:
            raise SigningError(f"{name} can't be run ({type(error).__name__}): check EDGE_CREDENTIAL_COMMAND") from None
        if ran.returncode != 0:
            raise SigningError(f"{name} ended with status {ran.returncode}: run it by hand to see why")
        return credentials_in(ran.stdout, "SessionToken", name)
