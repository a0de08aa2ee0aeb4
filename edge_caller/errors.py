"""The exceptions of the edge caller, a branch per remedy.

    EdgeCallerError
    ├── ConfigurationError     the operator sets or corrects a variable
    ├── RequestError           the client changes its request
    │   ├── Unauthorized       ... and sends the bearer token
    │   ├── BodyTooLarge       ... and sends a smaller body
    │   ├── HeadersTooLarge    ... or smaller headers
    │   ├── ClientTooSlow      ... or sends it faster
    │   └── ClientLeft         ... or waits for its answer
    ├── TooBusy                the client waits a moment
    └── UpstreamError          the function, or the way to it, is put right
        └── UpstreamTimeout    ... or is given more time

No message holds a credential, a signature or a token. The HTTP status of each is in `problems.py`.
"""


class EdgeCallerError(Exception):
    """The root of what this package raises on purpose. The message says what was expected, what came, what to do."""


class ConfigurationError(EdgeCallerError):
    """A variable is missing or malformed."""


class RequestError(EdgeCallerError):
    """The client's request can't be passed on as it is."""


class Unauthorized(RequestError):
    """The request doesn't carry the edge's bearer token."""


class BodyTooLarge(RequestError):
    """The request body is larger than Lambda takes."""


class HeadersTooLarge(RequestError):
    """The request headers are larger than is passed on."""


class ClientTooSlow(RequestError):
    """The request body stopped coming."""


class ClientLeft(RequestError):
    """Nobody is there any more to answer."""


class TooBusy(EdgeCallerError):
    """As many requests are under way as may be."""


class UpstreamError(EdgeCallerError):
    """The Function URL can't be reached, or the function failed."""


class UpstreamTimeout(UpstreamError):
    """The Function URL took too long."""
