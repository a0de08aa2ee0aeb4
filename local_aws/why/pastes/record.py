"""What a paste holds: requests with their answers, and what the signer printed about its own signature.

Nothing is guessed here: a part that the paste doesn't show is None.
"""

from dataclasses import dataclass, field

from local_aws.received import bytes_of, text_of

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PastedRequest:
    """`target` is the path and query as sent; header names are in lower case, values as pasted."""

    method: str | None = None
    target: str | None = None
    headers: Headers = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def signed(self) -> bool:
        return self.header("authorization") is not None or "X-Amz-Signature=" in (self.target or "")

    @property
    def sends_a_body(self) -> bool:
        length = self.header("content-length")
        return (length or "0").strip() != "0" or self.header("transfer-encoding") is not None


@dataclass(frozen=True)
class PastedAnswer:
    """What AWS answered. `date` is the Date header: AWS's clock."""

    status: int | None = None
    error_type: str | None = None
    message: str | None = None
    date: str | None = None


@dataclass(frozen=True)
class Exchange:
    request: PastedRequest | None = None
    answer: PastedAnswer | None = None


@dataclass(frozen=True)
class SignerPrinted:
    """What the signer's own log shows. It lets a comparison do without the secret."""

    canonical_request: str | None = field(default=None, repr=False)
    string_to_sign: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Paste:
    """`kind` is the tool whose output it is: a code in the table of texts."""

    kind: str
    exchanges: tuple[Exchange, ...]
    signer: SignerPrinted = SignerPrinted()
    notes: tuple[str, ...] = ()

    @property
    def chosen(self) -> Exchange:
        """The last exchange that was refused, else the last one."""
        refused = [exchange for exchange in self.exchanges if exchange.answer and exchange.answer.error_type]
        forbidden = [exchange for exchange in self.exchanges if exchange.answer and exchange.answer.status == 403]
        return (refused or forbidden or list(self.exchanges))[-1]


def request_to(url: str | None, method: str | None, headers: Headers, body: bytes | None = None) -> PastedRequest:
    """A request to a URL, or to a path as sent. Its path, query and host are as they go over the wire."""
    url, method = url and sendable(url), method and sendable(method)
    headers = tuple((name, sendable(value)) for name, value in headers)
    if url is None or "://" not in url.partition("?")[0]:
        return PastedRequest(method, url, headers, body)
    scheme, _, rest = url.partition("#")[0].partition("://")
    end = min((index for index in map(rest.find, "/?") if index >= 0), default=len(rest))
    host = rest[:end].rpartition("@")[2].removesuffix(":443" if scheme.lower() == "https" else ":80")
    target = rest[end:] if rest[end:].startswith("/") else "/" + rest[end:]
    return PastedRequest(method, target, with_host(headers, host), body)


def sendable(text: str) -> str:
    """As its bytes go over the wire: an escape such as `\\ud83d` is half a character."""
    return text_of(bytes_of(text))


def with_host(headers: Headers, host: str) -> Headers:
    """The headers with the Host that a client adds from the URL, unless they name one."""
    return headers if any(name == "host" for name, _ in headers) else (("host", host), *headers)
