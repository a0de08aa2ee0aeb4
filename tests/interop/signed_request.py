"""A request that a client of somebody else's has signed: kept as it was made, sent as it is or with a byte changed."""

import http.client
from dataclasses import dataclass, replace
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """`error_type` is AWS's name of the refusal; None when the request got through to the app."""

    status: int
    error_type: str | None
    body: str


@dataclass(frozen=True)
class SignedRequest:
    """`target` is the path and query as they stand in the request line."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return next(value for key, value in self.headers if key.lower() == name)

    def with_header(self, name: str, old: str, new: str) -> "SignedRequest":
        """The same request with `old` replaced by `new` in one header, which must hold it."""
        assert old in self.header(name)
        changed = [(n, v.replace(old, new) if n.lower() == name else v) for n, v in self.headers]
        return replace(self, headers=tuple(changed))

    def send(self, url: str) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        try:
            connection.putrequest(self.method, self.target, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers:
                connection.putheader(name, value)
            connection.endheaders(self.body)
            response = connection.getresponse()
            return Answer(response.status, response.getheader("x-amzn-errortype"), response.read().decode())
        finally:
            connection.close()
