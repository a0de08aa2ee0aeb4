"""A server that answers what lambda_app never does: cookies, a redirect, events when it is told to, or nothing at all.

It checks no signature; it keeps the requests as they came.
"""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.interop.signed_request import SignedRequest

GZIPPED = gzip.compress(b"hello " * 100)


class Upstream(ThreadingHTTPServer):
    """`go_on` is set by the test that has the first event of a stream: only then the stream goes on, or breaks off."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.received: list[SignedRequest] = []
        self.go_on = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        target = self.requestline.split(" ")[1]  # self.path has lost a second slash at its beginning
        self.server.received.append(SignedRequest(self.command, target, tuple(self.headers.items()), body))
        answer = {"/cookies": self.cookies, "/gzip": self.gzip, "/events": self.events, "/broken": self.broken}
        answer["/cut"] = self.cut
        answer.get(self.path.partition("?")[0], self.by_status)()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def by_status(self) -> None:
        """/204 answers 204, and so on; any other path 200. All carry a Location, as a redirect does."""
        number = self.path[1:4]
        self.reply(int(number) if number.isdecimal() else 200, [("Location", "/elsewhere")], b"text")

    def cookies(self) -> None:
        self.reply(200, [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2, and a comma")], b"")

    def gzip(self) -> None:
        self.reply(200, [("Content-Encoding", "gzip")], GZIPPED)

    def events(self) -> None:
        self.first_event()
        self.wfile.write(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")

    def broken(self) -> None:
        self.first_event()
        self.close_connection = True

    def first_event(self) -> None:
        self.start(200, [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")])
        self.wfile.write(b"9\r\ndata: 1\n\n\r\n")
        self.server.go_on.wait(30)
        self.server.go_on.clear()

    def cut(self) -> None:
        self.close_connection = True

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        length = [] if status in (204, 304) else [("Content-Length", str(len(body)))]
        self.start(status, headers + length)
        if length and self.command != "HEAD":
            self.wfile.write(body)

    def start(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def running() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.go_on.set()
            server.shutdown()
            thread.join()
