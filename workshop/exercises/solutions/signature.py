"""Exercise 2: from the canonical request to the Authorization header. The solution."""

import hmac
from hashlib import sha256


def string_to_sign(amz_date: str, scope: str, canonical_request: str) -> str:
    """`scope` is the credential scope, as 20260102/ap-northeast-1/lambda/aws4_request."""
    hashed = sha256(canonical_request.encode()).hexdigest()
    return "\n".join(["AWS4-HMAC-SHA256", amz_date, scope, hashed])


def signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    """A key that is good for one day, one region and one service only."""
    key = f"AWS4{secret_access_key}".encode()
    for text in (date, region, service, "aws4_request"):
        key = hmac_sha256(key, text)
    return key


def signature(key: bytes, text: str) -> str:
    return hmac_sha256(key, text).hex()


def authorization(access_key_id: str, scope: str, signed_headers: str, signature: str) -> str:
    return f"AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"


def hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
