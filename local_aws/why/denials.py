"""What can deny a call besides the caller's own policies, each with the aws command that shows it."""

from collections.abc import Iterator

from local_aws.why.analysis import Analysis
from local_aws.why.region import region_of

ANY_FUNCTION = "FUNCTION_NAME"


def commands(analysis: Analysis, arn: str) -> Iterator[tuple[str, str]]:
    """The name of the denial in the table of words, and a command to run as an administrator of the account."""
    function = arn.split(":function:")[1].split(":")[0] if ":function:" in arn else ANY_FUNCTION
    region = region_of(analysis.claim.scope) if analysis.claim else "REGION"
    at = f"--function-name {function} --region {region}"
    yield "resource_policy", f"aws lambda get-policy {at}"
    yield "auth_type", f"aws lambda get-function-url-config {at} --query AuthType"
    yield "alias", f"aws lambda list-function-url-configs {at} --query 'FunctionUrlConfigs[].[FunctionUrl,FunctionArn]'"
    yield "identity", "aws sts get-caller-identity"
    yield "boundary", "aws iam get-user --user-name USER_NAME --query User.PermissionsBoundary"
    yield "scp", "aws organizations list-policies-for-target --target-id ACCOUNT_ID --filter SERVICE_CONTROL_POLICY"
    yield (
        "session_policy",
        "aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRole",
    )
