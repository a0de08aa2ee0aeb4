"""SigV4Auth: signs the requests of any httpx client, sync or async.

It decides what `sigv4.py` leaves open: whose credentials, which headers, which time, and what a second signature
replaces. It never reads a response body. `httpx2_auth.py` has the same for httpx2.
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import contextlib
from collections.abc import AsyncGenerator, Callable, Generator
from datetime import datetime, timedelta
from hashlib import sha256

import httpx

from edge_caller.signer.clock import CorrectedClock, rejects_signature, utc_now
from edge_caller.signer.credentials import (
    CredentialSource,
    check_source,
    current_credentials,
    current_credentials_async,
    reject,
)
from edge_caller.signer.endpoint import region_and_service
from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import Credentials, sign
from edge_caller.signer.target import make_query_unambiguous, request_target

# The headers of an earlier signature.
STALE_HEADERS = frozenset(("authorization", "x-amz-date", "x-amz-security-token"))

BODY_CONSUMED = "the body's stream was read before: make the request again, with its whole body"


class SigV4Flow:
    """The auth flow that SigV4Auth adds to httpx.Auth, or to httpx2.Auth. `stream_error` is the library's own."""

    requires_request_body = True
    stream_error: type[Exception]

    def __init__(
        self,
        credentials: CredentialSource,
        *,
        region: str | None = None,
        service: str | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        check_source(credentials)
        self._credentials = credentials
        self._region = region
        self._service = service
        self._clock = CorrectedClock(now)

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not hasattr(request.stream, "__iter__"):
            raise SigningError("the body is an async iterator: use an AsyncClient, or pass bytes or a sync iterator")
        try:
            request.read()
        except self.stream_error as error:
            raise SigningError(BODY_CONSUMED) from error
        yield from self.auth_flow(request)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        credentials = current_credentials(self._credentials)
        response = yield from self.signed(request, credentials)
        if reject(self._credentials, credentials, response):
            yield from self.signed(request, current_credentials(self._credentials))

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if not hasattr(request.stream, "__aiter__"):
            raise SigningError("the body is a sync iterator: use a Client, or pass bytes or an async iterator")
        try:
            await request.aread()
        except self.stream_error as error:
            raise SigningError(BODY_CONSUMED) from error
        credentials = await current_credentials_async(self._credentials)
        for is_last in (False, True):
            flow = self.signed(request, credentials)
            with contextlib.suppress(StopIteration):
                outgoing = next(flow)
                while True:
                    response = yield outgoing
                    outgoing = flow.send(response)
            if is_last or not reject(self._credentials, credentials, response):
                return
            credentials = await current_credentials_async(self._credentials)

    def signed(
        self, request: httpx.Request, credentials: Credentials
    ) -> Generator[httpx.Request, httpx.Response, httpx.Response]:
        """The signed request, then the request signed again if the response shows that our clock is wrong.

        Returns the last response.
        """
        clock = self._clock
        correction, accepted = clock.correction, clock.accepted
        self.sign(request, credentials, correction)
        response = yield request
        better = clock.better_correction(response, correction)
        if better is not None:
            self.sign(request, credentials, better)
            response = yield request
            if clock.accepted != accepted:
                return response  # meanwhile another request was accepted: its correction is as good, or better
            correction = better
        if not rejects_signature(response):
            clock.accept(correction)
        return response

    def sign(self, request: httpx.Request, credentials: Credentials, clock_correction: timedelta = timedelta()) -> None:
        """Signs the request in place and replaces an earlier signature. The body must have been read."""
        region, service = region_and_service(request.url.host, self._region, self._service)
        make_query_unambiguous(request)
        added = sign(
            request.method,
            request_target(request),
            headers_to_sign(request),
            request.content,
            credentials=credentials,
            region=region,
            service=service,
            timestamp=self._clock.time(clock_correction),
        )
        for name, value in added.items():
            request.headers[name] = value


class SigV4Auth(SigV4Flow, httpx.Auth):
    """Signs each request with AWS Signature Version 4: `httpx.Client(auth=SigV4Auth(credentials, region=...))`.

    `credentials` is a value, or a provider: a function, sync or async, that is called for each request and returns
    the current credentials. `region` and `service` are optional for a Function URL and for Lambda's own endpoints.
    A host of your own needs `region`; its service is `lambda` by default.

    It signs `host`, `x-amz-*` and, with a body, `content-type`: headers that no proxy may change. It reads a streamed
    body into memory first, because the signature covers its SHA-256. It rewrites an ambiguous query (`+` becomes
    `%20`), so that AWS reads what was signed.

    When AWS answers InvalidSignatureException with a Date minutes away from our clock, up to a year, the request
    is signed for AWS's time and sent once more. If AWS accepts it, later requests are signed for AWS's time too.

    Keep `follow_redirects` off (httpx's default) on a client with this auth: httpx follows redirects inside the auth
    flow and would send `X-Amz-Security-Token` to any host that a redirect names.

    Raises SigningError before anything is sent.
    """

    stream_error = httpx.StreamError


def headers_to_sign(request: httpx.Request) -> list[tuple[str, str]]:
    """The headers to sign, in wire order. Headers of an earlier signature are removed or recomputed."""
    to_sign, content_sha256 = [], []
    for name, value in request.headers.raw:
        key = name.decode("latin-1").lower()
        if key in STALE_HEADERS:
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
