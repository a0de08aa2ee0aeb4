"""The step `aws-call`: a request to the Function URL, signed by the project's own signer with the key of `.dev.vars`.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import httpx

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from infra.aws_cli import Aws
from infra.dev_vars import DevVars
from infra.errors import StepError
from infra.function_url import function_url
from infra.settings import Settings
from infra.waiting import wait_for

TIMEOUT_SECONDS = 60  # a cold start takes several seconds


def call_until_allowed(url: str, credentials: Credentials, settings: Settings) -> httpx.Response:
    """The response to a signed GET. Retries a 403, and a host that can't be reached, for `wait_seconds`."""
    last: httpx.Response | httpx.TransportError | None = None

    def attempt() -> httpx.Response | None:
        nonlocal last
        try:
            last = client.get(url)
        except httpx.TransportError as error:
            last = error
            return None
        return None if last.status_code == 403 else last

    auth = SigV4Auth(credentials, region=settings.region)
    with httpx.Client(auth=auth, transport=settings.transport, timeout=TIMEOUT_SECONDS) as client:
        wait_for(attempt, "not allowed yet: AWS applies a new key or policy after some seconds", settings.wait_seconds)
    if not isinstance(last, httpx.Response):
        raise StepError(f"the Function URL {url} can't be reached: {last}")
    return last


def call(aws: Aws, settings: Settings) -> None:
    """A signed GET / with the key of `.dev.vars`. Shows the status and the body."""
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
