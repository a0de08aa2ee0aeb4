"""Exercise 2: from the canonical request to the Authorization header. Check yours with: make chapter-03"""

import hmac
from hashlib import sha256


def string_to_sign(amz_date: str, scope: str, canonical_request: str) -> str:
    """`scope` is the credential scope, as 20260102/ap-northeast-1/lambda/aws4_request."""
    hashed = sha256(canonical_request.encode()).hexdigest()
    # GAP: four lines, joined by "\n".
    return hashed


def signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    """A key that is good for one day, one region and one service only."""
    key = f"AWS4{secret_access_key}".encode()
    # GAP: the date, the region, the service and "aws4_request" each make a new key from the one before:
    # hmac_sha256(key, text).
    return key


def signature(key: bytes, text: str) -> str:
    # GAP: the HMAC of the string to sign, in hexadecimal digits.
    return ""


def authorization(access_key_id: str, scope: str, signed_headers: str, signature: str) -> str:
    # GAP: Credential is the access key ID, a slash and the scope.
    return f"AWS4-HMAC-SHA256 Credential=, SignedHeaders={signed_headers}, Signature={signature}"


def hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
