"""SigV4Auth: signs the requests of any httpx client, sync or async.

It decides what `sigv4.py` leaves open: whose credentials, which headers, what time it is, and what is replaced when
a request is signed again. It sends nothing and never reads a response body.
Source: AWS Lambda Developer Guide, "Invoking Lambda function URLs",
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

import httpx

from edge_caller.errors import SigningError
from edge_caller.query import unambiguous
from edge_caller.scope import scope_for
from edge_caller.sigv4 import Credentials, sign

CredentialProvider = Callable[[], Credentials | Awaitable[Credentials]]

# Lambda accepts a signature for five minutes either way; AWS's SDKs correct their clock from four on.
CLOCK_SKEW = timedelta(minutes=4)

# What an earlier signature left on the request.
STALE = frozenset((b"authorization", b"x-amz-date", b"x-amz-security-token"))


def utc_now() -> datetime:
    return datetime.now(UTC)


class SigV4Auth(httpx.Auth):
    """Signs each request with AWS Signature Version 4: `httpx.Client(auth=SigV4Auth(credentials, region=...))`.

    `credentials` is a value, or a provider: a function, sync or async, that is asked at each request, so that
    temporary credentials can be refreshed. `region` and `service` are read from the host where it tells them
    (`<id>.lambda-url.<region>.on.aws`, `<service>.<region>.amazonaws.com`); the service is else `lambda`.

    It signs `host`, `x-amz-*` and, with a body, `content-type`: what no proxy on the way may change. A body that
    is streamed is read into memory first, since its SHA-256 is part of the signature. A query that could be read in
    two ways is rewritten (`+` to `%20`, for one), so that what is sent is what was signed.

    When the answer is InvalidSignatureException and its Date is minutes away from our clock, the clock is
    corrected by the difference and the request signed and sent once more.

    Keep `follow_redirects` off (httpx's default) on a client that has this auth: httpx follows redirects inside
    the auth step and would send `X-Amz-Security-Token` to whatever host the redirect names.

    Raises SigningError before anything is sent.
    """

    requires_request_body = True

    def __init__(
        self,
        credentials: Credentials | CredentialProvider,
        *,
        region: str | None = None,
        service: str | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._credentials = credentials
        self._region = region
        self._service = service
        self._now = now
        self._clock_correction = timedelta()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        provided = self._ask_for_credentials()
        if not isinstance(provided, Credentials) and inspect.isawaitable(provided):
            if inspect.iscoroutine(provided):
                provided.close()  # it will never be awaited
            raise SigningError("the credential provider is async: use it with httpx.AsyncClient, or pass a sync one")
        yield from self._signed(request, provided)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        await request.aread()
        provided = self._ask_for_credentials()
        if not isinstance(provided, Credentials) and inspect.isawaitable(provided):
            try:
                provided = await provided
            except Exception as error:
                raise provider_failure(error) from error
        flow = self._signed(request, provided)
        outgoing = next(flow)
        while True:
            response = yield outgoing
            try:
                outgoing = flow.send(response)
            except StopIteration:
                return

    def _ask_for_credentials(self) -> Credentials | Awaitable[Credentials]:
        if isinstance(self._credentials, Credentials):
            return self._credentials
        try:
            return self._credentials()
        except Exception as error:
            raise provider_failure(error) from error

    def _signed(self, request: httpx.Request, credentials: object) -> Generator[httpx.Request, httpx.Response, None]:
        if not isinstance(credentials, Credentials):
            raise SigningError(f"the credential provider gave a {type(credentials).__name__}: it must give Credentials")
        self.sign(request, credentials)
        response = yield request
        if self._clock_was_off(response):
            self.sign(request, credentials)
            yield request

    def _clock_was_off(self, response: httpx.Response) -> bool:
        error_type = response.headers.get("x-amzn-errortype", "")
        if response.status_code != 403 or not error_type.startswith("InvalidSignatureException"):
            return False
        try:
            date = parsedate_to_datetime(response.headers["date"]).replace(tzinfo=UTC)  # an HTTP date is in GMT
        except (KeyError, ValueError):
            return False
        correction = date - self._now()
        if abs(correction - self._clock_correction) < CLOCK_SKEW:
            return False
        self._clock_correction = correction
        return True

    def sign(self, request: httpx.Request, credentials: Credentials) -> None:
        """Signs the request, whose body has been read, in place. An earlier signature is replaced."""
        region, service = scope_for(request.url.host, self._region, self._service)
        path, mark, query = request.url.raw_path.decode("ascii").partition("?")
        target = path + mark + unambiguous(query)
        if target != path + mark + query:
            request.url = request.url.copy_with(raw_path=target.encode())
        payload = request.content
        kept, signed = [], []
        for name, value in request.headers.raw:
            key = name.lower()
            if key in STALE:
                continue
            if key == b"x-amz-content-sha256":
                value = content_sha256(value, payload)
            kept.append((name, value))
            if key == b"host" or key.startswith(b"x-amz-") or (key == b"content-type" and payload):
                signed.append((key.decode("ascii"), value.decode("utf-8", "surrogateescape")))
        added = sign(
            request.method,
            target,
            signed,
            payload,
            credentials=credentials,
            region=region,
            service=service,
            timestamp=self._now() + self._clock_correction,
        )
        request.headers = httpx.Headers([*kept, *((n.encode(), v.encode()) for n, v in added.items())])


def content_sha256(value: bytes, payload: bytes) -> bytes:
    """The payload's hash, in place of the one an earlier signature or the caller put into the header."""
    if len(value) != 64:
        raise SigningError(
            f"x-amz-content-sha256 is {value.decode('latin-1')!r}: Lambda takes no unsigned or chunk-signed payload; "
            "leave the header out, or give the body's SHA-256 in hex"
        )
    return sha256(payload).hexdigest().encode()


def provider_failure(error: Exception) -> SigningError:
    return SigningError(f"the credential provider failed with {type(error).__name__}: it must return Credentials")
