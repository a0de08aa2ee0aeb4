"""Mistakes in the secret access key and in the signing key that is derived from it. No detail shows any of them."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterator
from urllib.parse import quote, unquote, unquote_plus

from local_aws.iam.canonical import derived
from local_aws.iam.mistakes.mistake import Case, Mistake, in_key
from local_aws.received import bytes_of

BLANKS = ("\n", "\r\n", "\r", " ", "\t", "\0")
QUOTES = ('"', "'", "`")
NAMES = ("AWS_SECRET_ACCESS_KEY=", "aws_secret_access_key=", "aws_secret_access_key = ", "secret_access_key=")


def secret_mistakes(case: Case) -> Iterator[Mistake]:
    if case.secret is None:
        return
    caller = case.caller.name if case.caller else case.claim.access_key_id
    for other in case.others:
        yield in_key("secret_of_another", case.key_of(other.secret_access_key), other=other.name, caller=caller)
    for code, secret in (*copied_wrongly(case.secret), *encoded(case.secret), *mistaken(case, case.secret)):
        yield in_key(code, case.key_of(secret))
    for code, key in derived_wrongly(bytes_of(case.secret), (*case.right.scope.split("/")[:3], "aws4_request")):
        yield in_key(code, key)


def copied_wrongly(secret: str) -> Iterator[tuple[str, str]]:
    """With something more, or with something less."""
    for blank in BLANKS:
        yield "secret_with_blank", secret + blank
    for blank in BLANKS:
        yield "secret_with_blank_before", blank + secret
    yield "secret_with_blank", secret.strip()
    for mark in QUOTES:
        yield "secret_quoted", f"{mark}{secret}{mark}"
        yield "secret_quoted", f"{mark}{secret}"
        yield "secret_quoted", f"{secret}{mark}"
    for mark in (",", ";", "\\n", "\\"):
        yield "secret_with_mark", secret + mark
    for name in NAMES:
        yield "secret_with_name", name + secret
    yield "secret_twice", secret + secret
    yield "secret_bom", "\ufeff" + secret
    yield "secret_cut", secret[:-1]
    yield "secret_cut", secret[1:]
    for mark in "/+=":
        yield "secret_cut", secret.partition(mark)[0]


def encoded(secret: str) -> Iterator[tuple[str, str]]:
    yield "secret_url_encoded", quote(bytes_of(secret), safe="")
    yield "secret_url_encoded", quote(bytes_of(secret))
    yield "secret_url_encoded", unquote(secret)
    yield "secret_url_encoded", unquote_plus(secret)
    yield "secret_plus_as_space", secret.replace("+", " ")
    yield "secret_base64", b64encode(bytes_of(secret)).decode()
    yield "secret_base64", decoded_base64(secret)
    yield "secret_case", secret.lower()
    yield "secret_case", secret.upper()


def mistaken(case: Case, secret: str) -> Iterator[tuple[str, str]]:
    """Something else in the secret's place."""
    yield "secret_is_key_id", case.claim.access_key_id
    yield "secret_empty", ""
    for nothing in ("undefined", "null", "None"):
        yield "secret_empty", nothing
    yield "key_aws4_twice", "AWS4" + secret
    token = case.claim.session_token
    if token:
        yield "secret_is_token", token


def decoded_base64(secret: str) -> str:
    try:
        return b64decode(secret, validate=True).decode()
    except ValueError:
        return ""


def derived_wrongly(secret: bytes, parts: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Signing keys that were derived from the right secret, but not by the right steps."""
    first = b"AWS4" + secret
    yield "key_aws4_missing", derived(secret, parts)
    yield "key_aws4_missing", derived(b"aws4" + secret, parts)
    hexadecimal = exchanged = first
    for part in parts:
        hexadecimal = derived(hexadecimal, [part]).hex().encode()
        exchanged = hmac.digest(bytes_of(part), exchanged, "sha256")  # key and message
    yield "key_hex", hexadecimal
    yield "key_not_derived", secret
    yield "key_not_derived", first
    for count in range(1, len(parts)):
        yield "key_steps", derived(first, parts[:count])
    yield "key_steps", derived(first, parts).hex().encode()
    for left_out in range(len(parts) - 1):
        yield "key_steps", derived(first, parts[:left_out] + parts[left_out + 1 :])
    yield "key_steps", exchanged
