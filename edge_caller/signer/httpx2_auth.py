"""SigV4Auth for clients of httpx2, httpx's maintained successor: `httpx2.Client(auth=SigV4Auth(...))`."""

import httpx2

from edge_caller.signer.auth import SigV4Flow


class SigV4Auth(SigV4Flow, httpx2.Auth):  # type: ignore[misc]  # httpx2's Request has the attributes of httpx's
    """The same as `edge_caller.signer.auth.SigV4Auth`."""

    stream_error = httpx2.StreamError
