"""The step `aws-call`: a request to the Function URL, signed by the project's own signer.

It reads the key from `.dev.vars` and never shows it. It makes nothing at AWS.
Source: AWS Lambda Developer Guide, "Invoking Lambda function URLs".
"""

import httpx

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from infra.aws_cli import Aws
from infra.dev_vars import DevVars
from infra.errors import StepError
from infra.function import function_url
from infra.settings import Settings
from infra.waiting import wait_for

TIMEOUT_SECONDS = 60  # a cold start takes some


class Via(httpx.HTTPTransport):
    """Connects to `address` whatever host the URL names, as curl's --connect-to; the Host header stays."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = httpx.URL(address)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        address = self._address
        request.url = request.url.copy_with(scheme=address.scheme, host=address.host, port=address.port)
        return super().handle_request(request)


def signing_client(credentials: Credentials, settings: Settings) -> httpx.Client:
    transport = Via(settings.function_url_via) if settings.function_url_via else None
    auth = SigV4Auth(credentials, region=settings.function.region)
    return httpx.Client(auth=auth, transport=transport, timeout=TIMEOUT_SECONDS)


def call_until_allowed(url: str, credentials: Credentials, settings: Settings) -> httpx.Response:
    """The answer to a signed GET. A 403, or a host name that isn't known yet, is tried again for `wait_seconds`."""
    last: httpx.Response | httpx.TransportError | None = None

    def attempt() -> httpx.Response | None:
        nonlocal last
        try:
            last = client.get(url)
        except httpx.TransportError as error:
            last = error
            return None
        return None if last.status_code == 403 else last

    with signing_client(credentials, settings) as client:
        wait_for(attempt, "not allowed yet, as may be with what was made a moment ago", settings.wait_seconds)
    if not isinstance(last, httpx.Response):
        raise StepError(f"the Function URL {url} can't be reached: {last}")
    return last


def call(aws: Aws, settings: Settings) -> None:
    """A signed GET / with the key of `.dev.vars`; its status and body are shown."""
    url, credentials = function_url(aws, settings), DevVars(settings.dev_vars).credentials()
    print(f"GET {url} signed with {credentials.access_key_id}")
    response = call_until_allowed(url, credentials, settings)
    print(f"  {response.status_code} {response.text}")
    if response.status_code == 403:
        raise StepError(
            f"AWS refused with {response.headers.get('x-amzn-errortype', 'no error type')}: "
            "`make aws-check` says what is missing; README, 'When you get a 403', what the error types mean"
        )
    if response.is_error:
        raise StepError(f"the function answered {response.status_code}: its log says why (aws logs tail)")
