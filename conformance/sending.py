"""Sends a request byte for byte on a connection of its own, and reads the response."""

import json
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any

from conformance.requesting import Sent
from conformance.target import Endpoint, NotRun

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """Header names in lower case. If no response came, the status is 0 and the body says why."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def event(self) -> Any:
        """What the function got, where it sent that back; else None."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def send(request: Sent, endpoint: Endpoint) -> Answer:
    """The response, with status 0 if the connection breaks off. Raises NotRun if the endpoint can't be connected to."""
    with connected(endpoint) as connection:
        return answer_to(request, connection)


def answer_to(request: Sent, connection: socket.socket) -> Answer:
    try:
        with suppress(OSError):  # a server may refuse a large body before it has it all
            connection.sendall(request.wire())
        response = HTTPResponse(connection, method=request.method)
        response.begin()
        headers = tuple((name.lower(), value) for name, value in response.getheaders())
        return Answer(response.status, headers, response.read())
    except (OSError, HTTPException) as error:
        return Answer(0, (), f"no response: {type(error).__name__}".encode())


def connected(endpoint: Endpoint) -> socket.socket:
    try:
        connection = socket.create_connection((endpoint.address, endpoint.port), TIMEOUT_SECONDS)
        if not endpoint.tls:
            return connection
        return ssl.create_default_context().wrap_socket(connection, server_hostname=endpoint.address)
    except OSError as error:
        raise NotRun(f"no connection ({type(error).__name__})") from error
