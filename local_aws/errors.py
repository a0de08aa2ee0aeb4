"""The exceptions of the local stand-in, a branch per remedy.

    LocalAwsError
    ├── ConfigurationError   whoever runs it corrects a file or a variable
    ├── Refusal              the caller changes its request, its key or its policy: what AWS answers, and why
    └── FunctionError        the function's author looks at the function

A Refusal carries AWS's answer and, apart from it, the reason that AWS never tells: that goes to the log only.
"""

import json


class LocalAwsError(Exception):
    """The root of what this package raises on purpose."""


class ConfigurationError(LocalAwsError):
    """callers.toml, a policy file or a variable is wrong. The message names it and says what was expected."""


class FunctionError(LocalAwsError):
    """The function failed, timed out or answered what is no Lambda response."""


class Refusal(LocalAwsError):
    """AWS's answer to a request that it doesn't let through, and the reason for the log."""

    def __init__(self, status: int, error_type: str, body: dict[str, str | None], reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.error_type = error_type
        self.body = json.dumps(body, separators=(",", ":")).encode()
