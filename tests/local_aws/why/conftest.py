"""Pastes made from signed requests, and what why-403 knows beside them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from local_aws.why.analysis import Analysis, Beside, analyse
from local_aws.why.pastes.read import read_paste
from tests.local_aws.signing import CALLERS, Request

BESIDE = Beside(key=CALLERS["edge-caller"], source="callers.toml", others=tuple(CALLERS.values()))
Analyse = Callable[..., Analysis]


def curl_v(request: Request, answer: str = "") -> str:
    """The request and answer as `curl -v` prints them."""
    headers = "".join(f"> {name}: {value.decode()}\n" for name, value in request.headers)
    return f"> {request.method} {request.target} HTTP/1.1\n{headers}> \n{answer}"


def refused(error_type: str, body: str, date: str = "Mon, 23 Nov 2026 06:00:00 GMT", status: int = 403) -> str:
    """AWS's answer as `curl -v` prints it."""
    head = f"< HTTP/1.1 {status} Forbidden\n< date: {date}\n< x-amzn-errortype: {error_type}\n< \n"
    return (head if error_type else head.replace("< x-amzn-errortype: \n", "")) + body


@pytest.fixture
def why() -> Analyse:
    """Analyses a paste with the caller's own key, or with what is given in its place."""

    def why(text: str | bytes, **beside: object) -> Analysis:
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        return analyse(read_paste(data), replace(BESIDE, **beside))  # type: ignore[arg-type]

    return why
