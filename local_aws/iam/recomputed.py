"""Computes a request's signature anew with botocore, from the bytes that arrived.

It doesn't judge: `signature.py` compares and refuses.
Source: AWS IAM User Guide, "Create a signed AWS API request"; botocore's `auth.py`.
"""

import hmac
import re
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from local_aws.iam.claim import Claim
from local_aws.received import ReceivedRequest

SERVICE = "lambda"


class RecomputedSignature(SigV4Auth):  # type: ignore[misc]
    """botocore's signer, held to what arrived: exactly the SignedHeaders, the query as the wire has it."""

    def __init__(self, request: ReceivedRequest, claim: Claim, region: str) -> None:
        super().__init__(None, SERVICE, region)
        self._received = request
        self._claim = claim
        self._request = AWSRequest(request.method, "http://host" + request.path, data=request.body)
        self._request.context["timestamp"] = claim.amz_date
        self.text = self.canonical_request(self._request)

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """botocore would leave out what stands on its own list, even when the caller signed it."""
        headers = HTTPHeaders()
        for name in self._claim.signed_headers:
            for value in self._received.values(name):
                headers[name] = value
        return headers

    def canonical_query_string(self, request: AWSRequest) -> str:
        """botocore copies a URL's query as it stands, and its params can't hold bytes that are no UTF-8."""
        encoded = sorted(
            (quote(name, safe=""), quote(value, safe=""))
            for name, value in self._received.parameters()
            if name != b"X-Amz-Signature" or self._claim.expires_seconds is None
        )
        return "&".join(f"{name}={value}" for name, value in encoded)

    def _header_value(self, value: str) -> str:
        """botocore would also fold what only Unicode counts among the spaces."""
        return re.sub(r"[ \t]+", " ", value.strip(" \t"))

    def matches(self, canonical_request: str, secret_access_key: str) -> bool:
        """Whether the claimed signature is that of this canonical request, made with this secret."""
        self.credentials = Credentials(self._claim.access_key_id, secret_access_key)
        text = self.string_to_sign(self._request, canonical_request)
        signature: str = self.signature(text, self._request)
        return hmac.compare_digest(signature.encode(), self._claim.signature.encode("utf-8", "surrogateescape"))
