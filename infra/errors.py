"""The exceptions of the AWS steps, one for each remedy. No message holds a secret access key.

StepError          do what the message says, then run the step again
└── AwsError       AWS refused: its code and message, and what usually helps
"""

# The usual remedy for AWS's error codes and for the aws CLI's own messages. The first match counts. A remedy names a
# command of make only where no other command meets that error: `make aws-conformance` shows these sentences too.
REMEDIES = (
    (
        "Unable to locate credentials",
        "log in: `aws login` or `aws configure`; `aws sts get-caller-identity` must answer",
    ),
    ("ExpiredToken", "log in again: the credentials of your shell have expired"),
    ("expired", "log in again: the session of the aws CLI has expired"),
    ("InvalidClientTokenId", "check your own credentials: `aws sts get-caller-identity` must answer"),
    ("UnrecognizedClient", "check your own credentials: `aws sts get-caller-identity` must answer"),
    ("config profile", "AWS_PROFILE names a profile that `aws configure list-profiles` doesn't show: correct it"),
    (
        "Unknown options",
        "this aws CLI is older than the option: install the newest one, then run the command again",
    ),
    ("Could not connect", "check the network, AWS_REGION and, where it is set, AWS_ENDPOINT_URL"),
    ("AccessDenied", "your own identity lacks the permission that AWS names: whoever manages the account grants it"),
    ("RepositoryNotFound", "make the repository and push the image: make ecr-create ecr-login build push"),
    ("ImageNotFound", "push the image: make ecr-login build push"),
    ("media type", "Lambda takes a single image, no index: `make build push` makes one"),
    ("is in ROLLBACK_FAILED", "the stack can't be updated: make destroy, then make deploy"),
    ("is in DELETE_FAILED", "the stack is half deleted: make destroy, then make deploy"),
    (
        "Failed to create/update the stack",
        "correct what failed, as the lines above say, then run the command again",
    ),
    ("StackDeleteComplete failed", "remove what AWS couldn't, as the lines above say, then run the command again"),
    ("already exists", "delete what AWS names, or choose another name for it"),
    ("DeleteConflict", "detach or delete what AWS names, then run the command again"),
    ("LimitExceeded", "a quota of the account is reached: delete what isn't used, or ask AWS for more"),
)


class StepError(Exception):
    """The step can't go on. The message says what was expected, what was found, and what to do."""


class AwsError(StepError):
    """`code` is AWS's error code, or empty where the aws CLI failed before AWS answered."""

    def __init__(self, command: str, code: str, message: str) -> None:
        self.code = code
        self.answer = message
        remedy = next((remedy for word, remedy in REMEDIES if word in code or word in message), "")
        super().__init__(f"`{command}` failed. AWS answered: {message}" + (f"\nWhat to do: {remedy}" if remedy else ""))
