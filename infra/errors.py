"""The exceptions of the AWS steps, a branch per remedy.

    StepError          what stands in the message is done first, then the step is run again
    └── AwsError       AWS refused: its code and message, and what usually helps

No message holds a secret access key.
"""

# What AWS's error codes, or the aws CLI's own words, usually call for. The first that fits is taken.
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
    ("Could not connect", "check the network, AWS_REGION and, where it is set, AWS_ENDPOINT_URL"),
    ("AccessDenied", "your own identity lacks the permission that AWS names: whoever manages the account grants it"),
    ("RepositoryNotFound", "make the repository and push the image: make ecr-create ecr-login build push"),
    ("ImageNotFound", "push the image: make ecr-login build push"),
    ("media type", "Lambda takes a single image, no index: `make build push` makes one"),
    ("ROLLBACK_COMPLETE", "the first attempt failed and left an empty stack: make destroy, then make deploy"),
    ("already exists", "the steps made it before: make aws-destroy, then make deploy"),
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
