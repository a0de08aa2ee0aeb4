"""The signing process, step by step: canonical request, string to sign, signing key, signature.

Each line of sigv4.py was changed once by mutmut (3.8.1, 2026-11): of 224 mutants these tests find all but eight, which
are the same program: quote's `safe="/"` left out (its default) or with letters added (always safe, twice), a shortcut
not taken (slower, same text), "UTF-8" or "SHA256" in capitals, and the canonical request split at any white space (its
last two lines have none).
"""

import hashlib
import hmac
import pickle
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import (
    Credentials,
    calculate_signature,
    canonical_headers,
    canonical_query_string,
    canonical_request,
    canonical_uri,
    credential_scope,
    format_date,
    hashed_canonical_request,
    sign,
    signed_headers,
    signing_key,
    string_to_sign,
)

CREDENTIALS = Credentials("AKIALOCAL00000000001", "secret-one")
HOST = ("Host", "example.amazonaws.com")
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
NOON = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)


def hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


# The canonical request


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("", "/"),
        ("/", "/"),
        ("/items/42", "/items/42"),
        ("/items/42/", "/items/42/"),
        ("/-._~", "/-._~"),
        ("/a.b/c-d/e_f/g~h", "/a.b/c-d/e_f/g~h"),
        ("/a%20b", "/a%2520b"),
        ("/a%2Fb", "/a%252Fb"),
        ("/a%2fb", "/a%252fb"),
        ("/a(b)!*'", "/a%28b%29%21%2A%27"),
        ("/a:b@c;d=e,f$g&h+i", "/a%3Ab%40c%3Bd%3De%2Cf%24g%26h%2Bi"),
        ("//", "/"),
        ("//a///b//", "/a/b/"),
        ("/./a", "/a"),
        ("/a/./b", "/a/b"),
        ("/a/.", "/a/"),
        ("/a/b/../c", "/a/c"),
        ("/a/b/..", "/a/"),
        ("/a/../..", "/"),
        ("/../a", "/a"),
        ("/a/..b/.c/...", "/a/..b/.c/..."),
        ("/.hidden", "/.hidden"),
        ("/%2e%2e/a", "/%252e%252e/a"),
        ("a", "/a"),
    ],
)
def test_canonical_uri(path: str, canonical: str) -> None:
    assert canonical_uri(path) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("q=hello", "q=hello"),
        ("q=-._~", "q=-._~"),
        ("flag", "flag="),
        ("flag=", "flag="),
        ("=value", "=value"),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=10&a=1", "a=1&a=10&a=2"),
        ("a-=1&a=2", "a=2&a-=1"),
        ("a=b=c", "a=b%3Dc"),
        ("a=b/c:d", "a=b%2Fc%3Ad"),
        ("a=%2f", "a=%2F"),
        ("a=%41", "a=A"),
        ("a=%20", "a=%20"),
        ("a=%2B", "a=%2B"),
        ("a=%zz", "a=%25zz"),
        ("a=%FF", "a=%FF"),
        ("%E3%81%82=1&z=2", "%E3%81%82=1&z=2"),
        ("a=1&&b=2&", "a=1&b=2"),
        ("A=1&a=2&B=3", "A=1&B=3&a=2"),
    ],
)
def test_canonical_query_string(query: str, canonical: str) -> None:
    assert canonical_query_string(query) == canonical


@pytest.mark.parametrize("escape", ["%{:02X}", "%{:02x}"])
def test_canonical_query_string_writes_each_byte_in_one_way(escape: str) -> None:
    unreserved = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    for byte in range(256):
        strict = chr(byte) if byte in unreserved else f"%{byte:02X}"
        assert canonical_query_string(f"a{escape.format(byte)}%20b&z") == f"a{strict}%20b=&z="


def test_canonical_query_string_refuses_a_plus_that_has_two_readings() -> None:
    with pytest.raises(
        SigningError, match=r"^a bare \+ in the query has two readings: write %20 for a space, %2B for a plus$"
    ):
        canonical_query_string("q=a+b")


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("v", "v"),
        ("  v  ", "v"),
        ("\tv\t", "v"),
        ("a  b   c", "a b c"),
        ("a\tb", "a b"),
        ("a b", "a b"),
        ('"a  b"', '"a b"'),
        ("", ""),
        ("é", "é"),
        ("\udcff", "\udcff"),
        ("\u3000a\u3000\u3000b\u3000", "\u3000a\u3000\u3000b\u3000"),
        ("X-X", "X-X"),
    ],
)
def test_canonical_headers_trim_and_fold_a_value(value: str, canonical: str) -> None:
    assert canonical_headers([HOST, ("X-Amz-Meta", value)]) == f"host:example.amazonaws.com\nx-amz-meta:{canonical}\n"


def test_canonical_headers_are_sorted_by_name_in_lower_case() -> None:
    headers = [("X-Amz-Date", "d"), ("x-amz", "x"), ("Content-Type", "t"), HOST]
    assert canonical_headers(headers) == "content-type:t\nhost:example.amazonaws.com\nx-amz:x\nx-amz-date:d\n"
    assert signed_headers(headers) == "content-type;host;x-amz;x-amz-date"


def test_canonical_headers_join_repeated_ones_in_wire_order() -> None:
    headers = [HOST, ("X-Amz-A", "2 "), ("x-amz-a", "1"), ("X-AMZ-A", "2")]
    assert canonical_headers(headers) == "host:example.amazonaws.com\nx-amz-a:2,1,2\n"
    assert signed_headers(headers) == "host;x-amz-a"


def test_canonical_headers_need_a_host() -> None:
    with pytest.raises(
        SigningError, match=r"^there is no Host among the headers to sign: add the one that will be sent$"
    ):
        canonical_headers([("X-Amz-Date", "d")])


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "a\r\nx-amz-b:c"])
def test_canonical_headers_refuse_a_value_that_would_begin_another_line(value: str) -> None:
    with pytest.raises(SigningError, match="the value of x-amz-a holds a line break or NUL, which no header can: rem"):
        canonical_headers([HOST, ("x-amz-a", value)])


def test_canonical_request_has_its_six_parts() -> None:
    headers = [HOST, ("X-Amz-Date", "20261123T123456Z")]
    canonical = canonical_request("POST", "/a%20b?z=1&a=2", headers, b"body")
    assert canonical == (
        "POST\n"
        "/a%2520b\n"
        "a=2&z=1\n"
        "host:example.amazonaws.com\n"
        "x-amz-date:20261123T123456Z\n"
        "\n"
        "host;x-amz-date\n"
        f"{hashlib.sha256(b'body').hexdigest()}"
    )


def test_canonical_request_keeps_a_question_mark_in_the_query() -> None:
    canonical = canonical_request("GET", "/a?b=c?d", [HOST], b"")
    assert canonical.split("\n")[1:3] == ["/a", "b=c%3Fd"]


def test_canonical_request_refuses_a_target_that_is_not_encoded() -> None:
    with pytest.raises(SigningError, match="the target '/é' isn't ASCII: percent-encode it, then sign what is sent"):
        canonical_request("GET", "/é", [HOST], b"")


# The string to sign


def test_string_to_sign_has_its_four_lines() -> None:
    scope = credential_scope("20261123T123456Z", "ap-northeast-1", "lambda")
    assert string_to_sign("20261123T123456Z", scope, "canonical") == (
        "AWS4-HMAC-SHA256\n"
        "20261123T123456Z\n"
        "20261123/ap-northeast-1/lambda/aws4_request\n"
        f"{hashlib.sha256(b'canonical').hexdigest()}"
    )


@pytest.mark.parametrize("raw", [b"\xff", "é".encode(), b"a\xe9b"])
def test_the_hash_is_over_the_bytes_that_a_header_has_on_the_wire(raw: bytes) -> None:
    assert hashed_canonical_request(raw.decode("utf-8", "surrogateescape")) == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize(
    "timestamp",
    [
        NOON,
        NOON.astimezone(timezone(timedelta(hours=9))),
        NOON.astimezone(timezone(-timedelta(hours=11, minutes=30))),
        NOON.replace(microsecond=999_999),
    ],
)
def test_the_date_is_in_utc_whatever_the_time_zone(timestamp: datetime) -> None:
    assert format_date(timestamp) == "20261123T123456Z"


def test_the_date_is_in_utc_whatever_the_time_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "JST-9")
        time.tzset()
        assert format_date(NOON) == "20261123T123456Z"
    time.tzset()


def test_the_date_has_leading_zeros() -> None:
    assert format_date(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "20260102T030405Z"


def test_the_date_needs_a_time_zone() -> None:
    with pytest.raises(
        SigningError, match=r"^the timestamp has no time zone: pass an aware one, such as datetime.now\(UTC\)$"
    ):
        format_date(NOON.replace(tzinfo=None))


# The signing key, the signature


def test_the_signing_key_is_derived_in_four_rounds() -> None:
    signing_key.cache_clear()
    key = hmac_sha256(b"AWS4secret-one", "20261123")
    key = hmac_sha256(hmac_sha256(key, "ap-northeast-1"), "lambda")
    assert signing_key(CREDENTIALS, "20261123", "ap-northeast-1", "lambda") == hmac_sha256(key, "aws4_request")


@pytest.mark.parametrize(
    "changed",
    [
        (Credentials("AKIALOCAL00000000001", "secret-two"), "20261123", "ap-northeast-1", "lambda"),
        (CREDENTIALS, "20261124", "ap-northeast-1", "lambda"),
        (CREDENTIALS, "20261123", "us-east-1", "lambda"),
        (CREDENTIALS, "20261123", "ap-northeast-1", "sts"),
    ],
    ids=["secret", "date", "region", "service"],
)
def test_each_secret_day_region_and_service_has_a_signing_key_of_its_own(
    changed: tuple[Credentials, str, str, str],
) -> None:
    assert signing_key(*changed) != signing_key(CREDENTIALS, "20261123", "ap-northeast-1", "lambda")


def test_the_signing_keys_kept_are_bounded() -> None:
    assert signing_key.cache_info().maxsize == 128


def test_the_signature_is_in_hex() -> None:
    assert calculate_signature(b"key", "text") == hmac_sha256(b"key", "text").hex()


# The signed request


def test_sign_gives_the_headers_to_add() -> None:
    headers = sign(
        "GET", "/?q=1", [HOST], b"", credentials=CREDENTIALS, region="us-east-1", service="lambda", timestamp=NOON
    )
    canonical = (
        "GET\n/\nq=1\nhost:example.amazonaws.com\nx-amz-date:20261123T123456Z\n\nhost;x-amz-date\n" + EMPTY_SHA256
    )
    scope = "20261123/us-east-1/lambda/aws4_request"
    text = f"AWS4-HMAC-SHA256\n20261123T123456Z\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac_sha256(signing_key(CREDENTIALS, "20261123", "us-east-1", "lambda"), text).hex()
    assert headers == {
        "X-Amz-Date": "20261123T123456Z",
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential=AKIALOCAL00000000001/{scope}, "
            f"SignedHeaders=host;x-amz-date, Signature={signature}"
        ),
    }


def test_sign_adds_and_signs_the_session_token() -> None:
    temporary = Credentials("ASIALOCAL00000000004", "secret-one", "token")
    headers = sign("GET", "/", [HOST], b"", credentials=temporary, region="r", service="s", timestamp=NOON)
    assert headers["X-Amz-Security-Token"] == "token"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in headers["Authorization"]


# Secrets


def test_credentials_show_neither_secret_nor_token() -> None:
    text = repr(Credentials("AKIALOCAL00000000001", "secret-one", "token-one"))
    assert text == "Credentials(access_key_id='AKIALOCAL00000000001')"


def test_the_kept_signing_keys_are_not_pickled() -> None:
    signing_key(CREDENTIALS, "20261123", "ap-northeast-1", "lambda")
    assert b"secret-one" not in pickle.dumps(signing_key)
