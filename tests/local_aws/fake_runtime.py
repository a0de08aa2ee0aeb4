"""A runtime or an extension of Lambda as a program: it speaks HTTP to the Runtime API, and does what each event says.

An event is an object with `do`. `gate` is a port: the program goes on once its connection to it is closed.
"""

import json
import os
import socket
import sys
import time
from http.client import HTTPConnection, HTTPResponse

STREAMING = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Content-Type": "text/x-stream"}


def connected() -> HTTPConnection:
    return HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"], timeout=60)


def called(method: str, path: str, body: bytes | None = None, **headers: str) -> HTTPResponse:
    connection = connected()
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]  # kept once the connection is gone
    return response


def wait_at(gate: int) -> None:
    with socket.create_connection(("127.0.0.1", gate)) as connection:
        connection.recv(1)


def handle(request_id: str, event: dict[str, object]) -> None:
    path = f"/2018-06-01/runtime/invocation/{request_id}"
    do = event["do"]
    if do == "answer":
        called("POST", f"{path}/response", json.dumps({"pid": os.getpid()}).encode())
    elif do == "answer twice":
        called("POST", f"{path}/response", b"1")
        statuses.append(called("POST", f"{path}/response", b"2").status)
    elif do == "say the statuses":
        called("POST", f"{path}/response", json.dumps(statuses).encode())
    elif do == "answer too much":
        called("POST", f"{path}/response", bytes(6_291_557))
    elif do == "report an error":
        called("POST", f"{path}/error", b'{"errorType":"ValueError","errorMessage":"no"}')
    elif do == "hang":
        time.sleep(60)
    elif do == "exit":
        os._exit(int(str(event["status"])))
    elif do == "stream":
        stream(path, int(str(event["gate"])), str(event["then"]))


def stream(path: str, gate: int, then: str) -> None:
    """Sends one piece, and at the gate another; or it ends in another way."""
    connection = connected()
    connection.putrequest("POST", f"{path}/response")
    for name, value in (STREAMING | {"Transfer-Encoding": "chunked"}).items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(b"5\r\nfirst\r\n")
    wait_at(gate)
    if then == "end":
        connection.send(b"4\r\nlast\r\n0\r\n\r\n")
        connection.getresponse().read()
    elif then == "break off":
        connection.close()
    elif then == "hang":
        time.sleep(60)
    elif then == "exit":
        os._exit(7)


statuses: list[int] = []


def main(mode: str) -> None:
    if mode == "extension":
        registered = called("POST", "/2020-01-01/extension/register", b'{"events":[]}', Lambda_Extension_Name="fake")
        identifier = registered.headers["Lambda-Extension-Identifier"]
        called("GET", "/2020-01-01/extension/event/next", Lambda_Extension_Identifier=identifier)
    elif mode == "exits":
        sys.exit(7)
    elif mode == "never ready":
        time.sleep(60)
    elif mode == "init error":
        called("POST", "/2018-06-01/runtime/init/error", b'{"errorType":"Runtime.NoModule","errorMessage":"no module"}')
        time.sleep(60)
    while mode == "runtime":
        invocation = called("GET", "/2018-06-01/runtime/invocation/next")
        handle(invocation.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(invocation.body))  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(sys.argv[1])
