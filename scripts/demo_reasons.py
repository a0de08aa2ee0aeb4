"""Why a call of the demo was refused: what `why-403` says of it, with the policies that the stand-in has."""

import textwrap
from collections.abc import Iterator

import httpx

from local_aws.iam.callers import read_callers
from local_aws.iam.decision import function_url_decisions
from local_aws.reasons import LABELS, Finding
from local_aws.received import ReceivedRequest
from local_aws.why.examination import examine
from policies.function import Function


def three_things(response: httpx.Response) -> Iterator[tuple[str, str]]:
    """*AWS says*, *because*, *do this*: each label with its text."""
    labels = LABELS["en"]
    message = next(iter(response.json().values()))
    says = f"{response.headers['x-amzn-errortype']}: {message}"
    yield labels["aws_says"], textwrap.shorten(says, 80, placeholder=" ...")
    for finding in findings_of(response.request):
        yield labels["because"], finding.because()
        yield labels["do_this"], finding.do_this()


def findings_of(request: httpx.Request) -> tuple[Finding, ...]:
    function = Function()
    callers = read_callers(function)
    received = received_request(request)
    claim = examine(received, None, region=function.region).claim
    caller = callers.get(claim.access_key_id) if claim else None
    examined = examine(received, caller, region=function.region, others=callers.values())
    if examined.findings or caller is None:
        return examined.findings
    decisions = function_url_decisions(caller.statements, function.arn, caller.name)
    return tuple(decision.finding() for decision in decisions if not decision.allowed)


def received_request(request: httpx.Request) -> ReceivedRequest:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    headers = tuple((name.decode("ascii").lower(), value) for name, value in request.headers.raw)
    return ReceivedRequest(request.method, path, query, headers, request.content, "127.0.0.1", "1.1")
