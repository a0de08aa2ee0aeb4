import pytest

from edge_caller.signer.endpoint import region_and_service, region_of_host
from edge_caller.signer.errors import SigningError


@pytest.mark.parametrize(
    ("host", "region", "service"),
    [
        ("abc123.lambda-url.ap-northeast-1.on.aws", "ap-northeast-1", "lambda"),
        ("lambda.us-gov-west-1.amazonaws.com", "us-gov-west-1", "lambda"),
        ("sts.eu-central-1.amazonaws.com", "eu-central-1", "sts"),
    ],
)
def test_reads_region_and_service_from_a_host_that_names_them(host: str, region: str, service: str) -> None:
    assert region_and_service(host) == (region, service)
    assert region_of_host(host) == region


@pytest.mark.parametrize(
    "host",
    [
        "iam.amazonaws.com",
        "bucket.s3.eu-central-1.amazonaws.com",
        "lambda.eu-central-1.amazonaws.com.example.org",
        "lambda-url.eu-central-1.on.aws",
        "127.0.0.1",
    ],
)
def test_a_host_that_names_no_region_needs_a_given_one(host: str) -> None:
    assert region_of_host(host) is None
    with pytest.raises(SigningError, match=f"the host '{host}' names no AWS region: pass region="):
        region_and_service(host)


def test_given_values_win_over_the_host() -> None:
    assert region_and_service("sts.eu-central-1.amazonaws.com", "us-east-1", "iam") == ("us-east-1", "iam")


def test_the_default_service_is_lambda() -> None:
    assert region_and_service("127.0.0.1", "us-east-1") == ("us-east-1", "lambda")


@pytest.mark.parametrize(("host", "service"), [("s3.eu-central-1.amazonaws.com", None), ("127.0.0.1", "s3")])
def test_rejects_s3(host: str, service: str | None) -> None:
    with pytest.raises(SigningError, match="S3 signs in a way of its own, which this signer leaves out: use botocore"):
        region_and_service(host, "eu-central-1", service)
