"""The exceptions of the edge caller, a branch per remedy.

    EdgeCallerError
    ├── ConfigurationError     the operator sets or corrects a variable
    ├── RequestError           the client changes its request
    │   ├── Unauthorized       ... sends the bearer token
    │   ├── NotFound           ... asks for what is turned on
    │   ├── MethodNotAllowed   ... uses another method
    │   ├── BodyTooLarge       ... sends a smaller body
    │   ├── HeadTooLarge       ... sends a shorter URL, fewer or shorter headers
    │   ├── UnsupportedCoding  ... uses no transfer coding but chunked
    │   ├── LoopDetected       ... isn't the edge caller itself
    │   ├── ClientTooSlow      ... sends or reads faster
    │   └── ClientLeft         ... waits for its answer
    ├── TooBusy                the client waits a moment
    └── UpstreamError          the function, or the way to it, is repaired
        └── UpstreamTimeout    ... or is given more time

No message holds a credential, a signature or a token. The HTTP status of each is in `error_responses.py`. The signer's
one exception is `signer.errors.SigningError`.
"""


class EdgeCallerError(Exception):
    """The root of what this package raises on purpose. The message says what was expected, what came, what to do."""


class ConfigurationError(EdgeCallerError):
    """A variable is missing or malformed."""


class RequestError(EdgeCallerError):
    """The client's request can't be forwarded as it is."""


class Unauthorized(RequestError):
    """The request doesn't carry the edge's bearer token."""


class NotFound(RequestError):
    """One of the edge's own routes is turned off."""


class MethodNotAllowed(RequestError):
    """One of the edge's own routes got a method that it doesn't have. `allowed` lists those that it has."""

    def __init__(self, path: str, allowed: str) -> None:
        super().__init__(f"{path} answers {allowed} only: use another method")
        self.allowed = allowed


class BodyTooLarge(RequestError):
    """The request body is larger than Lambda accepts."""


class HeadTooLarge(RequestError):
    """The request line and headers are larger than the edge accepts."""


class UnsupportedCoding(RequestError):
    """The request uses a transfer coding that the edge doesn't decode."""


class LoopDetected(RequestError):
    """The request comes from an edge caller: it would be forwarded without end."""


class ClientTooSlow(RequestError):
    """The client stopped sending its request, or stopped reading its answer."""


class ClientLeft(RequestError):
    """The client disconnected."""


class TooBusy(EdgeCallerError):
    """As many requests are in flight, or as many bytes of bodies in memory, as may be."""


class UpstreamError(EdgeCallerError):
    """The Function URL can't be reached, the function failed, or its answer can't be forwarded."""


class UpstreamTimeout(UpstreamError):
    """The Function URL took too long."""
