"""Whoever gives credentials is bounded as a whole: in bytes and in seconds, however it sends them."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat

import pytest

from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import TemporaryCredentials
from edge_caller.signer.sources import asking
from edge_caller.signer.sources.command import CommandOutput
from edge_caller.signer.sources.container import ContainerEndpoint
from edge_caller.signer.sources.web_identity import WebIdentity

ROLE = "arn:aws:iam::123456789012:role/edge-caller-role"
HEAD = b"HTTP/1.1 200 OK\r\n"
SECONDS = 0.2

Source = Callable[[], TemporaryCredentials]


@contextmanager
def server(pieces: Iterator[bytes], pause: float) -> Iterator[str]:
    """The URL of a server that answers with these pieces, and waits so long before each, until the client leaves."""

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            for piece in pieces:
                if ended.wait(pause):
                    return
                try:
                    connection.sendall(piece)
                except OSError:
                    return
            ended.wait()

    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        ended.set()
        thread.join()


def sts(url: str) -> Source:
    return WebIdentity(ROLE, lambda: "token", region="eu-west-1", endpoint=url)


def error_of(source: Source) -> str:
    """It must come in time."""
    began = time.monotonic()
    with pytest.raises(SigningError) as raised:
        source()
    assert time.monotonic() - began < SECONDS + 10
    return str(raised.value)


both = pytest.mark.parametrize("asks", [sts, ContainerEndpoint])


def drip(start: bytes, byte: bytes) -> Iterator[bytes]:
    yield start
    yield from repeat(byte)


@both
@pytest.mark.parametrize(
    "pieces",
    [
        lambda: iter([]),
        lambda: drip(HEAD + b"x-a: ", b"a"),
        lambda: drip(HEAD, b"x-a: a\r\n"),
        lambda: drip(HEAD + b"content-length: 60000\r\n\r\n", b"{"),
        lambda: drip(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n{\r\n"),
        lambda: drip(HEAD + b"content-length: 60000\r\n\r\n", b""),
    ],
    ids=["silence", "one header's bytes", "headers", "a body's bytes", "chunks", "no body"],
)
def test_an_answer_that_takes_too_long_is_given_up(
    monkeypatch: pytest.MonkeyPatch, asks: Callable[[str], Source], pieces: Callable[[], Iterator[bytes]]
) -> None:
    monkeypatch.setattr(asking, "TIMEOUT_SECONDS", SECONDS)
    with server(pieces(), 0.05) as url:
        assert "didn't answer within 0.2 seconds" in error_of(asks(url))


@both
@pytest.mark.parametrize(
    "pieces",
    [
        lambda: drip(HEAD + b"content-length: 100000000\r\n\r\n", b"{" * 1000),
        lambda: drip(HEAD + b"\r\n", b"{" * 1000),
        lambda: drip(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"3e8\r\n" + b"{" * 1000 + b"\r\n"),
    ],
    ids=["announced", "until the end", "chunks"],
)
def test_an_answer_that_is_too_long_is_given_up(
    asks: Callable[[str], Source], pieces: Callable[[], Iterator[bytes]]
) -> None:
    with server(pieces(), 0) as url:
        assert "answered more than 65536 bytes" in error_of(asks(url))


def run(script: str, seconds: float = 60) -> CommandOutput:
    return CommandOutput([sys.executable, "-SIc", script], timeout_seconds=seconds)


@pytest.mark.parametrize(
    "script",
    [
        "import time; time.sleep(60)",
        "import time\nwhile True: print('{', flush=True); time.sleep(0.05)",
        "import os, time; os.close(1); time.sleep(60)",
        "import os, time\nif os.fork() == 0: time.sleep(3)",
    ],
    ids=["silence", "a drip", "it goes on without output", "it leaves a process behind"],
)
def test_a_command_that_takes_too_long_is_given_up(script: str) -> None:
    assert "gave no credentials within 0.2 seconds" in error_of(run(script, SECONDS))


def test_a_command_that_prints_too_much_is_stopped() -> None:
    assert "printed more than 65536 bytes" in error_of(run("while True: print('{' * 1000)"))


def test_what_a_command_says_of_its_errors_is_not_kept() -> None:
    noisy = "import sys; [sys.stderr.write('x' * 1000) for _ in range(1000)]; sys.exit(3)"
    assert "ended with status 3" in error_of(run(noisy))
