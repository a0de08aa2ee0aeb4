"""Problem documents: which error is answered with which status. This is the one place where errors get a status.

Source: [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), "Problem Details for HTTP APIs".
"""

from http import HTTPStatus

from starlette.responses import JSONResponse

from edge_caller.errors import (
    BodyTooLarge,
    ClientTooSlow,
    ConfigurationError,
    EdgeCallerError,
    HeadTooLarge,
    LoopDetected,
    MethodNotAllowed,
    NotFound,
    RequestError,
    TooBusy,
    Unauthorized,
    UnsupportedCoding,
    UpstreamError,
    UpstreamTimeout,
)
from edge_caller.signer.errors import SigningError

STATUSES: dict[type, HTTPStatus] = {
    ConfigurationError: HTTPStatus.INTERNAL_SERVER_ERROR,
    SigningError: HTTPStatus.INTERNAL_SERVER_ERROR,
    RequestError: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    NotFound: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    ClientTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HeadTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    UnsupportedCoding: HTTPStatus.NOT_IMPLEMENTED,
    LoopDetected: HTTPStatus.LOOP_DETECTED,
    TooBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    UpstreamError: HTTPStatus.BAD_GATEWAY,
    UpstreamTimeout: HTTPStatus.GATEWAY_TIMEOUT,
}
HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}


def problem(error: EdgeCallerError | SigningError) -> JSONResponse:
    """The answer for an error: the status of its nearest class in STATUSES, its message as the detail.

    The connection closes after it: what the client still sends of a refused request isn't read.
    """
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    headers = {"Connection": "close", **HEADERS.get(status, {})}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.allowed
    content = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": str(error)}
    return JSONResponse(content, status.value, headers, media_type="application/problem+json")
