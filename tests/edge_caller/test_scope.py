import pytest

from edge_caller.signer.endpoint import scope_for, scope_of_host
from edge_caller.signer.errors import SigningError


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("abc123.lambda-url.ap-northeast-1.on.aws", ("ap-northeast-1", "lambda")),
        ("lambda.us-gov-west-1.amazonaws.com", ("us-gov-west-1", "lambda")),
        ("sts.eu-central-1.amazonaws.com", ("eu-central-1", "sts")),
        ("iam.amazonaws.com", (None, None)),
        ("bucket.s3.eu-central-1.amazonaws.com", (None, None)),
        ("lambda.eu-central-1.amazonaws.com.example.org", (None, None)),
        ("lambda-url.eu-central-1.on.aws", (None, None)),
        ("127.0.0.1", (None, None)),
    ],
)
def test_reads_region_and_service_from_a_host_that_names_them(host: str, scope: tuple[str | None, str | None]) -> None:
    assert scope_of_host(host) == scope


def test_what_is_given_goes_before_what_the_host_names() -> None:
    assert scope_for("sts.eu-central-1.amazonaws.com", "us-east-1", "iam") == ("us-east-1", "iam")


def test_the_service_is_lambda_where_nothing_says_otherwise() -> None:
    assert scope_for("127.0.0.1", "us-east-1", None) == ("us-east-1", "lambda")


def test_a_region_that_nothing_names_must_be_given() -> None:
    with pytest.raises(SigningError, match=r"the host '127.0.0.1' names no AWS region: pass region="):
        scope_for("127.0.0.1", None, None)


@pytest.mark.parametrize(("host", "service"), [("s3.eu-central-1.amazonaws.com", None), ("127.0.0.1", "s3")])
def test_s3_is_out_of_scope_and_says_so(host: str, service: str | None) -> None:
    with pytest.raises(SigningError, match="S3 signs in a way of its own, which this signer leaves out: use botocore"):
        scope_for(host, "eu-central-1", service)
