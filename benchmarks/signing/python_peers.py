"""Python's signers: for each a function that makes a request of a kind, and a function that signs it."""

import hashlib
import hmac
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials, sign

Signer = tuple[Callable[[str], Any], Callable[[Any], object]]

ACCESS_KEY_ID = "AKIALOCAL00000000001"
SECRET_ACCESS_KEY = "local-secret-of-edge-caller-not-a-real-1"  # noqa: S105 - not a real one
REGION = "ap-northeast-1"
HOST = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.ap-northeast-1.on.aws"
TARGET = "/items/42?q=hello"
URL = f"https://{HOST}{TARGET}"
BODIES = {"GET": b"", "POST": b"x" * 1024}
HEADERS: dict[str, dict[str, str]] = {"GET": {}, "POST": {"content-type": "application/json"}}


def floor() -> Signer:
    """What every signer must compute: the hash of the body, of the canonical request, and one HMAC."""
    key, canonical, text = b"k" * 32, b"c" * 300, b"t" * 130

    def least(body: bytes) -> object:
        return hashlib.sha256(body).hexdigest(), hashlib.sha256(canonical).hexdigest(), hmac.digest(key, text, "sha256")

    return BODIES.__getitem__, least


def pure_sign() -> Signer:
    credentials = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY)

    def make(kind: str) -> Any:
        return kind, [("host", HOST), *HEADERS[kind].items()], BODIES[kind]

    def run(request: Any) -> object:
        method, headers, body = request
        now = datetime.now(UTC)
        return sign(
            method, TARGET, headers, body, credentials=credentials, region=REGION, service="lambda", timestamp=now
        )

    return make, run


def httpx_request(kind: str) -> httpx.Request:
    return httpx.Request(kind, URL, content=BODIES[kind], headers=HEADERS[kind])


def sigv4_auth() -> Signer:
    auth = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY))
    return httpx_request, lambda request: next(auth.sync_auth_flow(request))


def botocore() -> Signer:
    from botocore.auth import SigV4Auth as BotocoreSigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials as BotocoreCredentials

    signer = BotocoreSigV4Auth(BotocoreCredentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "lambda", REGION)
    return lambda kind: AWSRequest(kind, URL, data=BODIES[kind], headers=HEADERS[kind]), signer.add_auth


def awscrt() -> Signer:
    from awscrt.auth import (
        AwsCredentialsProvider,
        AwsSignatureType,
        AwsSigningAlgorithm,
        AwsSigningConfig,
        aws_sign_request,
    )
    from awscrt.http import HttpHeaders, HttpRequest

    provider = AwsCredentialsProvider.new_static(ACCESS_KEY_ID, SECRET_ACCESS_KEY)

    def make(kind: str) -> Any:
        body = io.BytesIO(BODIES[kind]) if BODIES[kind] else None
        return HttpRequest(kind, TARGET, HttpHeaders([("host", HOST), *HEADERS[kind].items()]), body)

    def run(request: Any) -> object:
        config = AwsSigningConfig(
            algorithm=AwsSigningAlgorithm.V4,
            signature_type=AwsSignatureType.HTTP_REQUEST_HEADERS,
            credentials_provider=provider,
            region=REGION,
            service="lambda",
        )
        return aws_sign_request(request, config).result()

    return make, run


def aws_sdk_signers() -> Signer:
    import aws_sdk_signers as sdk

    signer = sdk.SigV4Signer()
    properties = sdk.SigV4SigningProperties(region=REGION, service="lambda")
    identity = sdk.AWSCredentialIdentity(access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET_ACCESS_KEY)

    def make(kind: str) -> Any:
        return sdk.AWSRequest(
            destination=sdk.URI(scheme="https", host=HOST, path="/items/42", query="q=hello"),
            method=kind,
            body=io.BytesIO(BODIES[kind]),
            fields=sdk.Fields([sdk.Field(name=name, values=[value]) for name, value in HEADERS[kind].items()]),
        )

    return make, lambda request: signer.sign(properties=properties, request=request, identity=identity)


def httpx_auth_awssigv4() -> Signer:
    from httpx_auth_awssigv4 import SigV4Auth as HttpxAuth

    auth = HttpxAuth(ACCESS_KEY_ID, SECRET_ACCESS_KEY, "lambda", REGION)
    return httpx_request, auth


def requests_aws4auth() -> Signer:
    from requests import Request
    from requests_aws4auth import AWS4Auth

    auth = AWS4Auth(ACCESS_KEY_ID, SECRET_ACCESS_KEY, REGION, "lambda")

    def make(kind: str) -> Any:
        return Request(kind, URL, data=BODIES[kind], headers=HEADERS[kind]).prepare()

    return make, auth


# By the package's name on PyPI. The first three are the floor and this project's own.
SIGNERS: dict[str, Callable[[], Signer]] = {
    "the floor": floor,
    "sign": pure_sign,
    "SigV4Auth": sigv4_auth,
    "botocore": botocore,
    "awscrt": awscrt,
    "aws-sdk-signers": aws_sdk_signers,
    "httpx-auth-awssigv4": httpx_auth_awssigv4,
    "requests-aws4auth": requests_aws4auth,
}
