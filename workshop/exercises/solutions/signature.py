"""Exercise 2: derive the signing key. The solution."""

import hmac
from hashlib import sha256


def string_to_sign(amz_date: str, scope: str, canonical_request: str) -> str:
    """`scope` is the credential scope, as 20260102/ap-northeast-1/lambda/aws4_request."""
    return f"AWS4-HMAC-SHA256\n{amz_date}\n{scope}\n{sha256(canonical_request.encode()).hexdigest()}"


def signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    """A key that is good for one day, one region and one service only."""
    key = f"AWS4{secret_access_key}".encode()
    for text in (date, region, service, "aws4_request"):
        key = hmac_sha256(key, text)
    return key


def signature(key: bytes, text: str) -> str:
    return hmac_sha256(key, text).hex()


def hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
