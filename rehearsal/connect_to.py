"""Transports that connect to one address, whatever host the URL names, as curl's --connect-to. The Host header stays.

No DNS server knows the Function URLs of a local AWS.
Source: https://www.python-httpx.org/advanced/transports/#custom-transports
"""

import httpx


def redirected(url: httpx.URL, address: httpx.URL) -> httpx.URL:
    return url.copy_with(scheme=address.scheme, host=address.host, port=address.port)


class ConnectTo(httpx.HTTPTransport):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = httpx.URL(address)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = redirected(request.url, self._address)
        return super().handle_request(request)


class AsyncConnectTo(httpx.AsyncHTTPTransport):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = httpx.URL(address)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = redirected(request.url, self._address)
        return await super().handle_async_request(request)
