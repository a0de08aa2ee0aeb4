"""The upstream of the benchmark: answers each signed request with the same JSON, and an unsigned one with 403.

It does as little as it can, so that the proxy is what is measured. It verifies no signature.
Run as: python -m benchmarks.edge.upstream PORT [CERTIFICATE KEY]
"""

import asyncio
import ssl
import sys
from typing import cast

import uvloop

BODY = b'{"item_id":42,"q":"hello","padding":"0123456789012345678901234567890123456789"}'
OK = (
    b"HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nx-amzn-RequestId: 4c2a4c5e-0000-4000-8000-000000000000\r\n\r\n%b" % (len(BODY), BODY)
)
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


class Upstream(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = self.data[:end].lower()
            length = head.find(b"content-length:")
            size = end + 4 + (int(head[length + 15 :].partition(b"\r\n")[0]) if length >= 0 else 0)
            if len(self.data) < size:
                return
            self.data = self.data[size:]
            signed = b"\r\nauthorization: aws4-hmac-sha256 credential=" in head
            self.transport.write(OK if signed else FORBIDDEN)


async def main() -> None:
    context = None
    if len(sys.argv) > 2:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    server = await asyncio.get_running_loop().create_server(
        Upstream, "127.0.0.1", int(sys.argv[1]), ssl=context, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
