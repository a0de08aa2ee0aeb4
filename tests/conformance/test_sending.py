"""Over TLS the server's certificate counts; without a connection a case isn't run."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from conformance.requesting import Sent
from conformance.sending import send
from conformance.target import Endpoint, NotRun

REQUEST = Sent("GET", "/", (("host", "function.example"), ("connection", "close")), b"")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that signs itself, and its key."""
    key, now = generate_private_key(SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "conformance")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(hours=1))
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    pem, raw = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path / "certificate.pem"
    path.write_bytes(signed.public_bytes(pem) + key.private_bytes(pem, raw, serialization.NoEncryption()))
    return path


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """A server that answers one request over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer() -> None:
        try:
            with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-Note: n\r\n\r\nok")
        except OSError:
            return  # the client didn't like the certificate

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_trusted_server_is_asked_over_tls(certificate: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    answer = send(REQUEST, Endpoint("function.example", "127.0.0.1", port, tls=True))
    assert (answer.status, answer.text, answer.header("x-note")) == (200, "ok", "n")


def test_another_server_gets_no_request(port: int) -> None:
    with pytest.raises(NotRun, match=r"^no connection \(SSLCertVerificationError\)$"):
        send(REQUEST, Endpoint("function.example", "127.0.0.1", port, tls=True))


def test_a_host_without_an_address_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*words: object, **more: object) -> None:
        raise socket.gaierror("not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotRun, match=r"^no connection \(gaierror\)$"):
        send(REQUEST, Endpoint("function.example", "function.example", 443, tls=True))
