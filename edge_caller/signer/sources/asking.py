"""One request to STS or a credential endpoint, bounded as a whole in seconds and in bytes."""

import asyncio
from collections.abc import Collection
from contextlib import aclosing

import httpx

from edge_caller.signer.errors import SigningError
from edge_caller.signer.sources.documents import MAX_BYTES

TIMEOUT_SECONDS = 5.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def answer_to(request: httpx.Request, asked: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.Response:
    """The answer with its body. Raises SigningError, which names `asked`. For a thread without an event loop.

    The request is a task that is cancelled as a whole: httpx's own time-outs begin again with each byte that comes.
    """
    try:
        return asyncio.run(answered(request, asked, transport))
    except TimeoutError:
        raise SigningError(f"{asked} didn't answer within {TIMEOUT_SECONDS:g} seconds: look at its health") from None
    except httpx.HTTPError as error:
        raise SigningError(f"{asked} can't be reached ({type(error).__name__}): check the network") from None


async def answered(request: httpx.Request, asked: str, transport: httpx.AsyncBaseTransport | None) -> httpx.Response:
    request.headers["accept-encoding"] = "identity"  # packed, a few bytes could become a great many
    proxies = request.url.scheme == "https"  # no proxy sees a token that goes without TLS
    body = bytearray()
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, trust_env=proxies) as client,
        aclosing(await client.send(request, stream=True)) as response,
    ):
        async for part in response.aiter_raw():
            body += part
            if len(body) > MAX_BYTES:
                raise SigningError(f"{asked} answered more than {MAX_BYTES} bytes, which no credentials have")
    return httpx.Response(response.status_code, headers={"date": response.headers.get("date", "")}, content=bytes(body))


def safe_url(url: str, what: str, near: Collection[str] = LOOPBACK) -> httpx.URL:
    """The URL, if it begins with https://, or with http:// and one of the addresses in `near`."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.host and (parsed.scheme == "https" or (parsed.scheme == "http" and parsed.host in near)):
        return parsed
    raise SigningError(
        f"{what} must begin with https://, because a token goes there; http:// is for these alone: {', '.join(near)}"
    )
