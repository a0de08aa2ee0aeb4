"""What the puzzles get: a key, a signer that works, and `send`, which sends exactly what it is told.

No mistake of a puzzle is in this file.
"""

import http.client
import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from edge_caller.signer import sigv4
from edge_caller.signer.sigv4 import Credentials
from local_aws.reasons import language_of
from policies.function import Function
from workshop.words import texts_of

HOST = Function().domain_name
REGION = Function().region
KEY = Credentials("AKIALOCAL00000000801", "local-secret-of-puzzle-caller-not-a-real")
FILE_KEY_ID = "AKIALOCAL00000000804"
SECRET_FILE = Path(__file__).parent / "secret.txt"
YESTERDAYS_SESSION = Credentials(
    "ASIALOCAL00000000802", "local-secret-of-yesterdays-session-no-re", "local-session-token-of-yesterday"
)


def assume_role() -> Credentials:
    """New temporary credentials, as STS gives them."""
    return Credentials(
        "ASIALOCAL00000000803", "local-secret-of-todays-session-not-a-rea", "local-session-token-of-today"
    )


def amz_date_now() -> str:
    return sigv4.format_date(datetime.now(UTC))


def sign(
    method: str,
    target: str,
    body: bytes = b"",
    *,
    key: Credentials = KEY,
    service: str = "lambda",
    at: datetime | None = None,
) -> dict[str, str]:
    """The headers of the signed request, Host among them. `target` is the path and query as sent."""
    check_body(body)
    headers = {"Host": HOST}
    return headers | sigv4.sign(
        method,
        target,
        headers.items(),
        body,
        credentials=key,
        region=REGION,
        service=service,
        timestamp=at or datetime.now(UTC),
    )


def check_body(body: object) -> None:
    """Says which argument is meant where something else than bytes stands in its place."""
    if not isinstance(body, bytes):
        text = texts_of(Path(__file__).parent / "says.toml", language_of())["body_not_bytes"]
        raise TypeError(text.format(came=type(body).__name__))


def authorization(canonical_request: str, amz_date: str) -> str:
    """The Authorization header for a canonical request of your own."""
    scope = sigv4.credential_scope(amz_date, REGION, "lambda")
    text = sigv4.string_to_sign(amz_date, scope, canonical_request)
    signature = sigv4.calculate_signature(sigv4.signing_key(KEY, amz_date[:8], REGION, "lambda"), text)
    signed_headers = canonical_request.split("\n")[-2]
    return (
        f"AWS4-HMAC-SHA256 Credential={KEY.access_key_id}/{scope}, SignedHeaders={signed_headers}, "
        f"Signature={signature}"
    )


def send(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> None:
    """Sends the request to the local Function URL. `make puzzle-NN` shows the answer."""
    check_body(body)
    connection = http.client.HTTPConnection(urlsplit(os.environ["PUZZLE_URL"]).netloc, timeout=10)
    connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    connection.getresponse().read()
    connection.close()


def send_through_proxy(method: str, target: str, headers: dict[str, str]) -> None:
    """The same through a proxy that tidies one header: it asks for gzip only."""
    tidied = {name: "gzip" if name.lower() == "accept-encoding" else value for name, value in headers.items()}
    send(method, target, tidied)
