"""What STS's refusals say by themselves, however they were pasted."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.sts import answers
from tests.local_aws.signing import signed
from tests.local_aws.sts.service import Service
from tests.local_aws.why.conftest import Analyse, curl_v, refused

pytestmark = pytest.mark.anyio

# Each code with AWS's message, and what it means.
REFUSALS = [
    ("InvalidIdentityToken", answers.NOT_A_JWT, "why_sts_not_a_jwt"),
    ("InvalidIdentityToken", answers.NO_PROVIDER.format(issuer="https://an.issuer/a"), "why_sts_issuer"),
    ("InvalidIdentityToken", answers.WRONG_AUDIENCE, "why_sts_audience"),
    ("InvalidIdentityToken", answers.NO_KEY, "why_sts_keys"),
    ("InvalidIdentityToken", "The ID Token's signature is invalid", "why_sts_token"),
    ("ExpiredTokenException", answers.EXPIRED.format(now=2, exp=1), "why_sts_expired"),
    ("AccessDenied", answers.NOT_AUTHORIZED, "why_sts_trust"),
    ("IDPCommunicationError", answers.UNREACHABLE, "why_sts_unreachable"),
    ("IDPRejectedClaim", "The web identity token was rejected", "why_sts_rejected"),
    ("ValidationError", "1 validation error detected: Value null at 'roleArn' failed ...", "why_sts_parameter"),
]


def as_xml(code: str, message: str) -> str:
    return answers.refused_body(answers.StsRefusal(400, code, message), "a-request-id").decode()


def as_wrapped_xml(code: str, message: str) -> str:
    """As AWS's documentation and many programs show it."""
    return as_xml(code, message).replace("><", ">\n  <")


def as_curl(code: str, message: str) -> str:
    """The request isn't signed, and needn't be."""
    request = "> POST / HTTP/1.1\n> Host: sts.eu-west-1.amazonaws.com\n> Content-Length: 900\n> \n"
    return f"{request}< HTTP/1.1 400 Bad Request\n< content-type: text/xml\n< \n{as_xml(code, message)}"


def as_raw_http(code: str, message: str) -> str:
    return f"POST / HTTP/1.1\nHost: sts.amazonaws.com\n\n\nHTTP/1.1 403 Forbidden\nx-a: b\n\n{as_xml(code, message)}"


def as_botocore(code: str, message: str) -> str:
    error = ClientError({"Error": {"Code": code, "Message": message}}, "AssumeRoleWithWebIdentity")
    return f"Traceback (most recent call last):\nbotocore.exceptions.ClientError: {error}\n"


def as_botocore_after_retries(code: str, message: str) -> str:
    metadata = {"MaxAttemptsReached": True, "RetryAttempts": 4}
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
    return str(ClientError(answer, "AssumeRoleWithWebIdentity"))


@pytest.mark.parametrize("form", [as_xml, as_wrapped_xml, as_curl, as_raw_http, as_botocore, as_botocore_after_retries])
@pytest.mark.parametrize(("code", "message", "means"), REFUSALS)
def test_each_refusal_is_explained_however_it_was_pasted(
    why: Analyse, form: object, code: str, message: str, means: str
) -> None:
    analysis = why(form(code, message))  # type: ignore[operator]
    assert [finding.code for finding in analysis.findings] == [means]
    assert analysis.aws_says == f"{code}: {message}"


async def test_the_issuer_is_named(why: Analyse) -> None:
    [finding] = why(as_xml("InvalidIdentityToken", answers.NO_PROVIDER.format(issuer="https://an.issuer/a"))).findings
    assert finding.because().endswith("the token's issuer: https://an.issuer/a")


OTHERS = {
    "token expired": refused(
        "ExpiredTokenException", '{"message":"The security token included in the request is expired"}'
    ),
    "denied": refused("AccessDeniedException", '{"Message":"Forbidden"}'),
    "not authorized": refused(
        "AccessDeniedException", '{"Message":"User: arn:aws:iam::1:user/a is not authorized to perform: a"}'
    ),
    "other": refused("", as_xml("AccessDenied", "Access Denied")),
}


@pytest.mark.parametrize(("about", "paste"), OTHERS.items())
def test_the_refusals_of_others_are_not_taken_for_those_of_sts(why: Analyse, about: str, paste: str) -> None:
    assert why(curl_v(signed("/"), paste)).about.value == about


async def test_what_the_local_sts_answers_is_explained(tmp_path: Path, why: Analyse) -> None:
    service = Service(tmp_path)
    for changes, means in (
        ({"aud": "other"}, "why_sts_audience"),
        ({"sub": "other"}, "why_sts_trust"),
        ({"exp": 1}, "why_sts_expired"),
        ({"iss": "https://an.issuer"}, "why_sts_issuer"),
    ):
        answer = await service.assume(service.token(**changes))
        assert [finding.code for finding in why(answer.text).findings] == [means]
    claimed, signature = (token.rpartition(".") for token in (service.token(), service.token(sub="other")))
    answer = await service.assume(f"{claimed[0]}.{signature[2]}")
    assert [finding.code for finding in why(answer.text).findings] == ["why_sts_token"]
