"""SigV4Auth: signs the requests of any httpx client, sync or async.

It decides what `sigv4.py` leaves open: whose credentials, which headers, what time it is, and what is replaced when
a request is signed again. It sends nothing and never reads a response body.
Source: AWS Lambda Developer Guide, "Invoking Lambda function URLs",
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import contextlib
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

import httpx

from edge_caller.signer.endpoint import scope_for
from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import Credentials, sign
from edge_caller.signer.target import unambiguous_target

CredentialProvider = Callable[[], Credentials | Awaitable[Credentials]]

# Lambda accepts a signature for five minutes either way; AWS's SDKs correct their clock from four on.
CLOCK_SKEW = timedelta(minutes=4)

# What an earlier signature left on the request.
STALE = frozenset(("authorization", "x-amz-date", "x-amz-security-token"))


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
        yield from self._signed(request, checked(provided))

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        await request.aread()
        provided = self._ask_for_credentials()
        if not isinstance(provided, Credentials) and inspect.isawaitable(provided):
            try:
                provided = await provided
            except Exception as error:
                raise provider_failure(error) from error
        flow = self._signed(request, checked(provided))
        response = yield next(flow)
        with contextlib.suppress(StopIteration):  # once is enough
            yield flow.send(response)

    def _ask_for_credentials(self) -> Credentials | Awaitable[Credentials]:
        if isinstance(self._credentials, Credentials):
            return self._credentials
        try:
            return self._credentials()
        except Exception as error:
            raise provider_failure(error) from error

    def _signed(
        self, request: httpx.Request, credentials: Credentials
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """The request signed, and once more where the answer corrects the clock that it was signed by."""
        correction = self._clock_correction
        self.sign(request, credentials)
        response = yield request
        if self._correct_clock(response, correction):
            self.sign(request, credentials)
            yield request

    def _correct_clock(self, response: httpx.Response, signed_with: timedelta) -> bool:
        """Whether the answer says that the clock, corrected by `signed_with`, was off. It is then set right."""
        if response.status_code != 403:
            return False
        if not response.headers.get("x-amzn-errortype", "").startswith("InvalidSignatureException"):
            return False
        try:
            date = parsedate_to_datetime(response.headers["date"]).replace(tzinfo=UTC)  # an HTTP date is in GMT
        except (KeyError, ValueError, OverflowError):
            return False
        correction = date - self._now()
        if abs(correction - signed_with) < CLOCK_SKEW:
            return False
        self._clock_correction = correction
        return True

    def sign(self, request: httpx.Request, credentials: Credentials) -> None:
        """Signs the request, whose body has been read, in place. An earlier signature is replaced."""
        region, service = scope_for(request.url.host, self._region, self._service)
        target = unambiguous_target(request)
        added = sign(
            request.method,
            target,
            headers_to_sign(request),
            request.content,
            credentials=credentials,
            region=region,
            service=service,
            timestamp=self._now() + self._clock_correction,
        )
        for name, value in added.items():
            request.headers[name] = value


def headers_to_sign(request: httpx.Request) -> list[tuple[str, str]]:
    """Those to sign, in wire order. What an earlier signature left on the request is removed or made anew."""
    to_sign, content_sha256 = [], []
    for name, value in request.headers.raw:
        key = name.decode("latin-1").lower()
        if key in STALE:
            request.headers.pop(key, None)
        elif key == "x-amz-content-sha256":
            check_content_sha256(value)
            request.headers[key] = sha256(request.content).hexdigest()
            content_sha256 = [(key, request.headers[key])]
        elif key == "host" or key.startswith("x-amz-") or (key == "content-type" and request.content):
            to_sign.append((key, value.decode("utf-8", "surrogateescape")))
    return to_sign + content_sha256


def check_content_sha256(value: bytes) -> None:
    if len(value) != 64:
        raise SigningError(
            f"x-amz-content-sha256 is {value.decode('latin-1')!r}: Lambda takes no unsigned or chunk-signed payload; "
            "leave the header out, or give the body's SHA-256 in hex"
        )


def checked(provided: object) -> Credentials:
    if not isinstance(provided, Credentials):
        raise SigningError(f"the credential provider gave a {type(provided).__name__}: it must give Credentials")
    return provided


def provider_failure(error: Exception) -> SigningError:
    return SigningError(f"the credential provider failed with {type(error).__name__}: it must return Credentials")
