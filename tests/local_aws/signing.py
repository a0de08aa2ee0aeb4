"""Requests signed by botocore: the stand-in is tested apart from the project's own signer.

Source: botocore's `auth.py`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from unittest import mock

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_aws.iam.callers import read_callers
from policies.function import Function

NOW = datetime(2026, 11, 23, 6, 0, 0, tzinfo=UTC)
HOST = "127.0.0.1:9000"
INVOKE = "/2015-03-31/functions/fastapi-sample/invocations"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
CALLERS = {caller.name: caller for caller in read_callers(Function()).values()}


@dataclass(frozen=True)
class Request:
    """What goes over the wire, byte for byte. Each change makes another request: the twin that is refused."""

    method: str
    target: str
    headers: tuple[tuple[str, bytes], ...]
    body: bytes = b""

    def __getitem__(self, name: str) -> str:
        (value,) = [value for key, value in self.headers if key == name]
        return value.decode()

    def but(self, **changes: object) -> "Request":
        """The request with another `method`, `target` or `body`."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def without(self, name: str) -> "Request":
        return replace(self, headers=tuple((key, value) for key, value in self.headers if key != name))

    def with_header(self, name: str, value: str | bytes) -> "Request":
        """The request with this value in place of all that the header had."""
        raw = value.encode() if isinstance(value, str) else value
        return replace(self, headers=(*self.without(name).headers, (name, raw)))

    def with_authorization(self, old: str, new: str) -> "Request":
        assert old in self["authorization"]
        return self.with_header("authorization", self["authorization"].replace(old, new))


def signed(
    target: str = "/",
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: tuple[tuple[str, str], ...] = (),
    by: str = "edge-caller",
    at: datetime = NOW,
    region: str = "ap-northeast-1",
    service: str = "lambda",
    secret: str | None = None,
    token: str | None = None,
    canonical_query: str | None = None,
    expires: int | None = None,
) -> Request:
    """Signed by a caller of callers.toml; presigned where it `expires`, in seconds.

    botocore copies a query as it stands, so one that isn't canonical comes with its `canonical_query`.
    """
    path, mark, query = target.partition("?")
    url = f"http://{HOST}{path}?{query if canonical_query is None else canonical_query}".removesuffix("?")
    request = AWSRequest(method, url, data=body)
    for name, value in (*headers, *([] if "host" in dict(headers) else [("host", HOST)])):
        request.headers[name] = value
    credentials = Credentials(CALLERS[by].access_key_id, secret or CALLERS[by].secret_access_key, token)
    if expires is None:
        auth = SigV4Auth(credentials, service, region)
    else:
        auth = SigV4QueryAuth(credentials, service, region, expires)
    with mock.patch("botocore.auth.get_current_datetime", return_value=at):
        auth.add_auth(request)
    if expires is not None:
        path, mark, query = request.url.removeprefix(f"http://{HOST}").partition("?")
    raw = tuple((name.lower(), value.encode()) for name, value in request.headers.items())
    return Request(method, path + mark + query, raw, body)


def sha256_of(body: bytes) -> tuple[str, str]:
    """The optional header with the body's hash."""
    return "x-amz-content-sha256", sha256(body).hexdigest()
