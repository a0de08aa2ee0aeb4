"""Mistakes in the payload hash: another body was hashed, or none."""

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import md5, sha1, sha256, sha512
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

from local_aws.iam.mistakes.mistake import Case, Mistake, in_part

MAX_BODY_BYTES = 256 * 1024
"""Larger bodies are compared as they came and as empty, but not re-serialised."""
UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
STAND_INS = (b"{}", b"null", b"undefined", b'""', b"[object Object]", b"None", b"[]")


def body_mistakes(case: Case) -> Iterator[Mistake]:
    body, right = case.request.body, case.right.canonical.payload_hash
    for text in UNSIGNED:
        yield in_part("payload_unsigned", "payload_hash", text)
    seen = {body}
    for code, other in bodies(body):
        if other not in seen:
            seen.add(other)
            yield in_part(code, "payload_hash", sha256(other).hexdigest())
    for code, text in hashes(body, right):
        yield in_part(code, "payload_hash", text)


def announced_hash(case: Case) -> Iterator[Mistake]:
    """The hash in x-amz-content-sha256 was signed, but of a body that isn't among these."""
    announced = case.request.header("x-amz-content-sha256")
    if announced is not None and announced != case.right.canonical.payload_hash:
        yield in_part("body_hash_differs", "payload_hash", announced)


def hashes(body: bytes, right: str) -> Iterator[tuple[str, str]]:
    """The right body, hashed or written in another way."""
    yield "payload_hash_form", right.upper()
    yield "payload_hash_form", b64encode(bytes.fromhex(right)).decode()
    yield "payload_hash_form", sha256(right.encode()).hexdigest()
    yield "payload_hash_form", ""
    if len(body) <= MAX_BODY_BYTES:
        yield "payload_not_hashed", body.decode("utf-8", "surrogateescape")
        yield "payload_hash_form", md5(body, usedforsecurity=False).hexdigest()
        yield "payload_hash_form", sha1(body, usedforsecurity=False).hexdigest()
        yield "payload_hash_form", sha512(body).hexdigest()


def bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Bodies that the signer may have hashed in place of this one."""
    if body:
        yield "body_not_signed", b""
    if len(body) > MAX_BODY_BYTES:
        return
    if body:
        yield from line_feeds(body)
        yield from json_forms(body)
        yield from encodings(body)
    for stand_in in STAND_INS:
        yield "body_placeholder_signed", stand_in


def line_feeds(body: bytes) -> Iterator[tuple[str, bytes]]:
    yield "body_line_feed", body + b"\n"
    yield "body_line_feed", body + b"\r\n"
    yield "body_line_feed", body.removesuffix(b"\n").removesuffix(b"\r")
    yield "body_line_feed", body.rstrip()
    yield "body_line_feed", body.strip()
    yield "body_line_ends", body.replace(b"\r\n", b"\n")
    yield "body_line_ends", body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield "body_line_ends", body.replace(b"\r\n", b"").replace(b"\n", b"")  # curl's --data drops them


def json_forms(body: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    for sort in (False, True):
        for ascii_only in (False, True):
            for separators in ((",", ":"), (", ", ": ")):
                code = "body_json_sorted" if sort else "body_json_ascii" if ascii_only else "body_json_form"
                text = json.dumps(value, separators=separators, ensure_ascii=ascii_only, sort_keys=sort)
                yield code, text.encode("utf-8", "surrogatepass")
    for indent in (2, 4, "\t"):
        yield "body_json_form", json.dumps(value, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    yield "body_json_form", text.replace("/", "\\/").encode("utf-8", "surrogatepass")
    yield "body_json_twice", json.dumps(body.decode("utf-8", "replace")).encode()
    yield "body_json_twice", json.dumps(text).encode()
    if isinstance(value, str):
        yield "body_json_twice", value.encode("utf-8", "surrogatepass")
    if isinstance(value, dict):
        yield "body_form_or_json", urlencode(value).encode()
        yield "body_repr_signed", str(value).encode("utf-8", "surrogatepass")


def encodings(body: bytes) -> Iterator[tuple[str, bytes]]:
    yield "body_base64", b64encode(body)
    yield "body_url_encoded", quote(body, safe="").encode()
    yield "body_url_encoded", unquote_to_bytes(body)
    yield "body_url_encoded", body.replace(b"+", b"%20")
    yield "body_url_encoded", body.replace(b"%20", b"+")
    yield "body_bom", b"\xef\xbb\xbf" + body
    yield "body_bom", body.removeprefix(b"\xef\xbb\xbf")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        yield "body_charset", body.decode("latin-1").encode()
        yield "body_charset", body.decode("utf-8", "replace").encode()
        return
    for charset in ("latin-1", "cp1252", "shift_jis", "utf-16", "utf-16-le", "ascii"):
        yield "body_charset", text.encode(charset, "replace")
    if b"=" in body and b"{" not in body:
        yield "body_form_or_json", json.dumps(dict(parse_qsl(text)), separators=(",", ":")).encode()
        yield "body_url_encoded", urlencode(parse_qsl(text, keep_blank_values=True)).encode()
