"""The exceptions of the local stand-in, a branch per remedy.

    LocalAwsError
    ├── ConfigurationError   whoever runs it corrects a file or a variable
    │   └── RepeatedSid      two statements of a policy need two names
    ├── Refusal              the caller changes its request, its key or its policy: AWS's answer, and the findings
    └── FunctionError        the function's author looks at the function

A Refusal carries AWS's answer and, apart from it, the reason that AWS doesn't give.
"""

import json
from collections.abc import Mapping

from local_aws.reasons import Finding, line_of


class LocalAwsError(Exception):
    """The root of what this package raises on purpose."""


class ConfigurationError(LocalAwsError):
    """callers.toml, a policy file or a variable is wrong. The message names it and says what was expected."""


class RepeatedSid(ConfigurationError):
    """A statement was copied with its Sid. The workshop says this in the learner's language."""

    def __init__(self, policy: str, sid: str) -> None:
        super().__init__(f"the {policy} has two statements with the Sid {sid}: give each its own")
        self.sid = sid


# The Invoke API's errorType of a function that took too long, and of one whose answer is too large.
TIMED_OUT = "Sandbox.Timedout"
RESPONSE_TOO_LARGE = "Function.ResponseSizeTooLarge"


class FunctionError(LocalAwsError):
    """The function failed, timed out or returned a malformed Lambda response.

    `error_type` and `error_message` are what the Invoke API answers.
    """

    def __init__(self, reason: str, error_type: str = "FunctionError", error_message: str | None = None) -> None:
        super().__init__(reason)
        self.error_type = error_type
        self.error_message = reason if error_message is None else error_message


class Refusal(LocalAwsError):
    """AWS's answer to a request that it refuses, and the findings that explain it."""

    def __init__(self, status: int, error_type: str, body: Mapping[str, str | None], *findings: Finding) -> None:
        super().__init__(line_of(findings))
        self.status = status
        self.error_type = error_type
        self.message = next((body[key] for key in ("message", "Message") if key in body), None)
        self.body = json.dumps(body, separators=(",", ":")).encode()
        self.findings = findings
