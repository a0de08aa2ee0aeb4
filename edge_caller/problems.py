"""Problem documents: which error is answered with which status, and how the answer looks.

The messages are the errors' own; this is the one place where they get a status.
Source: RFC 9457, "Problem Details for HTTP APIs".
"""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from edge_caller.errors import (
    BodyTooLarge,
    ClientTooSlow,
    ConfigurationError,
    EdgeCallerError,
    HeadersTooLarge,
    RequestError,
    TooBusy,
    Unauthorized,
    UpstreamError,
    UpstreamTimeout,
)
from edge_caller.signer.errors import SigningError

STATUSES: dict[type, HTTPStatus] = {
    ConfigurationError: HTTPStatus.INTERNAL_SERVER_ERROR,
    SigningError: HTTPStatus.INTERNAL_SERVER_ERROR,
    RequestError: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ClientTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    TooBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    UpstreamError: HTTPStatus.BAD_GATEWAY,
    UpstreamTimeout: HTTPStatus.GATEWAY_TIMEOUT,
}
HEADERS: dict[HTTPStatus, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.REQUEST_TIMEOUT: {"Connection": "close"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}


def problem(error: EdgeCallerError | SigningError) -> Response:
    """The answer for an error: the status of its nearest class in STATUSES, its message as the detail."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    return problem_document(status, str(error), HEADERS.get(status))


def method_not_allowed(path: str, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    return problem_document(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} answers {headers['Allow']} only", headers)


def problem_document(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    content = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return JSONResponse(content, status.value, headers, media_type="application/problem+json")
