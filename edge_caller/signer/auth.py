"""SigV4Auth: signs the requests of any httpx client, sync or async.

It decides what `sigv4.py` leaves open: whose credentials, which headers, which time, and what a second signature
replaces. It never reads a response body. `httpx2_auth.py` has the same for httpx2.
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import contextlib
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import datetime, timedelta
from hashlib import sha256

import httpx

from edge_caller.signer.clock import CorrectedClock, rejects_signature, utc_now
from edge_caller.signer.endpoint import region_and_service
from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import Credentials, sign
from edge_caller.signer.target import make_query_unambiguous, request_target

CredentialProvider = Callable[[], Credentials | Awaitable[Credentials]]

# The headers of an earlier signature.
STALE_HEADERS = frozenset(("authorization", "x-amz-date", "x-amz-security-token"))


class SigV4Flow:
    """The auth flow that SigV4Auth adds to httpx.Auth, or to httpx2.Auth."""

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
        self._clock = CorrectedClock(now)

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
        with contextlib.suppress(StopIteration):
            outgoing = next(flow)
            while True:
                response = yield outgoing
                outgoing = flow.send(response)

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
        """The signed request, then the request signed again if the response shows that our clock is wrong."""
        clock = self._clock
        correction, accepted = clock.correction, clock.accepted
        self.sign(request, credentials, correction)
        response = yield request
        better = clock.better_correction(response, correction)
        if better is not None:
            self.sign(request, credentials, better)
            response = yield request
            if clock.accepted != accepted:
                return  # meanwhile another request was accepted: its correction is as good, or better
            correction = better
        if not rejects_signature(response):
            clock.accept(correction)

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


def checked(provided: object) -> Credentials:
    if not isinstance(provided, Credentials):
        raise SigningError(f"the credential provider gave a {type(provided).__name__}: it must give Credentials")
    return provided


def provider_failure(error: Exception) -> SigningError:
    return SigningError(f"the credential provider failed with {type(error).__name__}: it must return Credentials")
