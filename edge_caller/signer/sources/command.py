"""CommandOutput: credentials that a command prints, as AWS's `credential_process` has it.

    CommandOutput("aws configure export-credentials")

Source: AWS SDKs and Tools Reference Guide, "Process credential provider".
"""

import contextlib
import shlex
import subprocess
import threading
import time
from collections.abc import Sequence

from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import TemporaryCredentials
from edge_caller.signer.sources.documents import MAX_BYTES, credentials_in

TIMEOUT_SECONDS = 30.0
VERSION = 1  # of AWS's credential_process, the only one as of 2026-11


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
            status, output = output_of(self._words, self._timeout_seconds)
        except subprocess.TimeoutExpired:
            raise SigningError(f"{name} gave no credentials within {self._timeout_seconds:g} seconds") from None
        except OSError as error:
            raise SigningError(f"{name} can't be run ({type(error).__name__}): check EDGE_CREDENTIAL_COMMAND") from None
        if len(output) > MAX_BYTES:
            raise SigningError(f"{name} printed more than {MAX_BYTES} bytes, which no credentials have")
        if status != 0:
            raise SigningError(f"{name} ended with status {status}: run it by hand to see why")
        return credentials_in(output, "SessionToken", name, version=VERSION)


def output_of(words: Sequence[str], seconds: float) -> tuple[int, bytes]:
    """Exit status and standard output, cut off after MAX_BYTES. The command is killed if it goes on after that.

    Raises OSError and TimeoutExpired. A thread reads, because a process that the command has left behind may keep
    the output open for ever.
    """
    deadline = time.monotonic() + seconds
    output: list[bytes] = []
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def read() -> None:
        with process.stdout as stdout:  # type: ignore[union-attr]
            output.append(stdout.read(MAX_BYTES + 1))

    try:
        reader = threading.Thread(target=read, name="credential command", daemon=True)
        reader.start()
        reader.join(seconds)
        if not output:
            raise subprocess.TimeoutExpired(words, seconds)
        if len(output[0]) <= MAX_BYTES:
            process.wait(deadline - time.monotonic())
    finally:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # a stalled disk can hold even a killed process
            process.wait(1)
    return process.returncode, output[0]
