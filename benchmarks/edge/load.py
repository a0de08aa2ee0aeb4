"""The load: each of N connections sends its next request as soon as it has the answer to its last one.

The first answer on each connection isn't counted: no connection goes on before all are open. No two targets are the
same, because a real proxy gains nothing from a cache of targets. Prints the figures as JSON, its own CPU time included.
Run as: python -m benchmarks.edge.load PORT CONNECTIONS REQUESTS METHOD
"""

import asyncio
import itertools
import json
import sys
import time
from typing import cast

import uvloop

HEADERS = b"Host: edge.example\r\nUser-Agent: load/1\r\nAccept: application/json\r\nAccept-Language: ja,en\r\n"
BODY = b"x" * 1024


def request(method: str, number: int) -> bytes:
    start = f"{method} /items/{number}?q=hello%20{number}&page=2 HTTP/1.1\r\n".encode() + HEADERS
    if method == "POST":
        return start + b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
    return start + b"\r\n"


class Client(asyncio.Protocol):
    def __init__(self, load: "Load") -> None:
        self.load = load
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.opened = False
        self.transport.write(request(self.load.method, -1))

    def send(self) -> None:
        number = next(self.load.numbers)
        if number >= self.load.requests:
            self.transport.close()
            return
        self.sent = time.perf_counter()
        self.transport.write(request(self.load.method, number))

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, separator, rest = self.data.partition(b"\r\n\r\n")
        if not separator:
            return
        head = head.lower()
        length = head.find(b"content-length:")
        if length >= 0:
            complete = len(rest) >= int(head[length + 15 :].partition(b"\r\n")[0])
        else:
            complete = rest.endswith(b"0\r\n\r\n")
        if complete and not self.opened:
            self.opened = True
            self.data = b""
            self.load.open_client(self)
        elif complete:
            self.load.count(time.perf_counter() - self.sent, head.startswith(b"http/1.1 200"))
            self.data = b""
            self.send()

    def connection_lost(self, error: Exception | None) -> None:
        self.load.ended()


class Load:
    def __init__(self, connections: int, requests: int, method: str) -> None:
        self.numbers = itertools.count()
        self.requests = requests
        self.method = method
        self.open = connections
        self.clients: list[Client] = []
        self.durations: list[float] = []
        self.failed = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def open_client(self, client: Client) -> None:
        """Keeps the client waiting until all are open. Then the load begins."""
        self.clients.append(client)
        if len(self.clients) == self.open:
            self.started, self.cpu_before = time.perf_counter(), time.process_time()
            for each in self.clients:
                each.send()

    def count(self, seconds: float, ok: bool) -> None:
        self.durations.append(seconds)
        self.failed += not ok

    def ended(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.done.set_result(None)


async def main() -> None:
    port, connections, requests, method = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    load = Load(connections, requests, method)
    for _ in range(connections):
        await asyncio.get_running_loop().create_connection(lambda: Client(load), "127.0.0.1", port)
    await load.done
    seconds, cpu_seconds = time.perf_counter() - load.started, time.process_time() - load.cpu_before
    ordered = sorted(load.durations)
    print(
        json.dumps(
            {
                "answers": len(ordered),
                "failed": load.failed,
                "seconds": seconds,
                "load_cpu_seconds": cpu_seconds,
                "requests_per_second": len(ordered) / seconds,
                "p50_ms": ordered[len(ordered) // 2] * 1000,
                "p99_ms": ordered[len(ordered) * 99 // 100] * 1000,
            }
        )
    )


if __name__ == "__main__":
    uvloop.run(main())
