"""A tap between a client and a server that may not be there."""

import socket

import pytest

from running.ports import HOST, free_port
from running.tap import tapped


def test_a_server_that_is_not_there_ends_the_connection_without_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with tapped(free_port(), b"(x)") as tap, socket.create_connection((HOST, tap.port)) as client:
        client.settimeout(10)
        assert client.recv(1) == b""
    assert capfd.readouterr() == ("", "")
