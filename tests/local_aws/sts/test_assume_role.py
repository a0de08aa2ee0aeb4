"""AssumeRoleWithWebIdentity: its parameters, its answer, and the session that the Function URL then knows."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_aws.app import LocalAws
from local_aws.iam.sessions import MAX_SESSIONS, Sessions
from tests.local_aws.asgi import Edit, FakeRuntime, ask
from tests.local_aws.signing import HOST, NOW, Request
from tests.local_aws.sts.service import ROLE, Answer, Service

pytestmark = pytest.mark.anyio


async def call(service: Service, answer: Answer, runtime: FakeRuntime, token: str | None = None) -> httpx.Response:
    """A call to the Function URL with the credentials of STS's answer."""
    key, secret, own = (answer.field(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    request = AWSRequest("GET", f"http://{HOST}/", headers={"host": HOST})
    signer = SigV4Auth(Credentials(key, secret, own if token is None else token or None), "lambda", "ap-northeast-1")
    request.context["timestamp"] = service.now.strftime("%Y%m%dT%H%M%SZ")
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    if signer.credentials.token:
        request.headers["X-Amz-Security-Token"] = signer.credentials.token
    signed = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(signed, request))
    headers = tuple((name.lower(), str(value).encode()) for name, value in request.headers.items())
    return await ask(LocalAws(service.access, runtime), Request("GET", "/", headers))


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_answers_as_aws_does(service: Service, method: str) -> None:
    answer = await service.assume(service.token(), method)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/xml"
    assert answer.field("SubjectFromWebIdentityToken") == "system:serviceaccount:default:edge-caller"
    assert answer.field("Audience") == "sts.amazonaws.com"
    assert answer.field("Provider") == "http://127.0.0.1:9010/oidc"
    assert answer.field("Arn") == "arn:aws:sts::123456789012:assumed-role/edge-caller-role/test"
    assert answer.field("AssumedRoleId").startswith("AROA")
    assert answer.field("AssumedRoleId").endswith(":test")
    assert answer.field("Expiration") == "2026-11-23T07:00:00Z"
    assert answer.field("RequestId") == answer.headers["x-amzn-requestid"]


async def test_the_function_sees_an_assumed_role(service: Service, runtime: FakeRuntime) -> None:
    answer = await service.assume(service.token())
    response = await call(service, answer, runtime)
    assert response.status_code == 200
    identity = runtime.event["requestContext"]["authorizer"]["iam"]
    assert identity["userArn"] == answer.field("Arn")
    assert identity["userId"] == identity["callerId"] == answer.field("AssumedRoleId")
    assert identity["accessKey"] == answer.field("AccessKeyId")


async def test_the_credentials_expire(service: Service, runtime: FakeRuntime) -> None:
    answer = await service.assume(service.token(), DurationSeconds="900")
    service.now = NOW + timedelta(seconds=899)
    assert (await call(service, answer, runtime)).status_code == 200
    service.now = NOW + timedelta(seconds=900)
    response = await call(service, answer, runtime)
    assert response.status_code == 403
    assert response.headers["x-amzn-errortype"] == "ExpiredTokenException"


async def test_the_variable_ends_a_session_earlier(key_folder: Path, runtime: FakeRuntime) -> None:
    service = Service(key_folder, seconds=3)
    answer = await service.assume(service.token())
    assert answer.field("Expiration") == "2026-11-23T06:00:03Z"
    service.now = NOW + timedelta(seconds=3)
    assert (await call(service, answer, runtime)).headers["x-amzn-errortype"] == "ExpiredTokenException"


@pytest.mark.parametrize("token", ["", "another"])
async def test_the_session_token_belongs_to_the_key(service: Service, runtime: FakeRuntime, token: str) -> None:
    response = await call(service, await service.assume(service.token()), runtime, token)
    assert response.status_code == 403
    assert response.headers["x-amzn-errortype"] == "UnrecognizedClientException"


async def test_the_role_has_its_policies_as_they_are_now(
    service: Service, roles_file: Path, runtime: FakeRuntime, edit: Edit
) -> None:
    answer = await service.assume(service.token())
    edit(roles_file, '"call-function-url.json"', '"article-2024.json"')
    response = await call(service, answer, runtime)
    assert response.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert "policies of edge-caller-role don't allow lambda:InvokeFunction" in response.headers["x-local-aws-reason"]


async def test_two_sessions_have_nothing_in_common(service: Service) -> None:
    one, other = [await service.assume(service.token()) for _ in range(2)]
    for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
        assert one.field(name) != other.field(name)


def test_an_expired_session_is_forgotten_before_one_that_is_valid() -> None:
    sessions = Sessions()
    first = sessions.begin("123456789012", "role", "first", NOW, NOW + timedelta(hours=1))
    expired = sessions.begin("123456789012", "role", "expired", NOW, NOW)
    for _ in range(MAX_SESSIONS - 1):
        sessions.begin("123456789012", "role", "more", NOW, NOW + timedelta(hours=1))
    assert sessions.get(first.access_key_id) == first
    assert sessions.get(expired.access_key_id) is None


PARAMETERS: dict[str, tuple[dict[str, str], int, str]] = {
    "no Action": ({"Action": ""}, 400, "MissingAction"),
    "another Action": ({"Action": "AssumeRole"}, 400, "InvalidAction"),
    "another Version": ({"Version": "2010-01-01"}, 400, "InvalidAction"),
    "no Version": ({"Version": ""}, 400, "InvalidAction"),
    "no RoleArn": ({"RoleArn": ""}, 400, "ValidationError"),
    "RoleArn too short": ({"RoleArn": "arn:aws:iam::1"}, 400, "ValidationError"),
    "RoleArn isn't an ARN": ({"RoleArn": "edge-caller-role-of-mine"}, 400, "ValidationError"),
    "no RoleSessionName": ({"RoleSessionName": ""}, 400, "ValidationError"),
    "RoleSessionName with a blank": ({"RoleSessionName": "my session"}, 400, "ValidationError"),
    "RoleSessionName with a line break": ({"RoleSessionName": "session\n"}, 400, "ValidationError"),
    "RoleSessionName too short": ({"RoleSessionName": "x"}, 400, "ValidationError"),
    "no WebIdentityToken": ({"WebIdentityToken": ""}, 400, "ValidationError"),
    "WebIdentityToken too long": ({"WebIdentityToken": "x" * 20_001}, 400, "ValidationError"),
    "DurationSeconds too short": ({"DurationSeconds": "899"}, 400, "ValidationError"),
    "DurationSeconds too long": ({"DurationSeconds": "43201"}, 400, "ValidationError"),
    "DurationSeconds beyond the role's": ({"DurationSeconds": "3601"}, 400, "ValidationError"),
    "DurationSeconds isn't a number": ({"DurationSeconds": "an hour"}, 400, "MalformedInput"),
    "a session policy": ({"Policy": "{}"}, 400, "ValidationError"),
    "session policies by ARN": ({"PolicyArns.member.1.arn": "arn:x"}, 400, "ValidationError"),
    "another role": ({"RoleArn": ROLE + "2"}, 403, "AccessDenied"),
    "a role of another account": ({"RoleArn": ROLE.replace("123456789012", "210987654321")}, 403, "AccessDenied"),
}


@pytest.mark.parametrize("name", PARAMETERS)
async def test_refuses_parameters_as_aws_does(service: Service, name: str) -> None:
    changes, status, code = PARAMETERS[name]
    answer = await service.assume(service.token(), **changes)
    assert (answer.status, answer.code) == (status, code)
    assert answer.reason
    assert "AccessKeyId" not in answer.text


@pytest.mark.parametrize(
    "body", ["Action=a&Action=b", "&".join(f"n{n}=1" for n in range(99)), "Action=%ff%fe", "x" * 70_000, "é"]
)
async def test_refuses_a_body_that_it_can_not_read(service: Service, body: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=service.sts), base_url="http://127.0.0.1") as client:
        answer = await client.post("/sts", content=body)
    assert answer.status_code == 400
    assert "<Code>MalformedInput</Code>" in answer.text or "<Code>MissingAction</Code>" in answer.text


async def test_xml_escapes_what_the_caller_chose(service: Service, roles_file: Path, edit: Edit) -> None:
    edit(roles_file, '"100000000000000000001"', r'"<&\u0001>"')
    answer = await service.assume(service.token(sub="<&\x01>"))
    assert answer.field("SubjectFromWebIdentityToken") == "&lt;&amp;\ufffd&gt;"


async def test_a_broken_roles_file_is_no_answer_of_aws(service: Service, roles_file: Path, edit: Edit) -> None:
    edit(roles_file, "trust_policy =", "# trust_policy =")
    answer = await service.assume(service.token())
    assert (answer.status, answer.headers["content-type"]) == (500, "text/plain; charset=utf-8")
    assert "roles.toml: [edge-caller-role] needs trust_policy" in answer.text
