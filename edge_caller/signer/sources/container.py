"""ContainerEndpoint: credentials from an endpoint beside the caller, as ECS, EKS and AWS's certificate helper offer.

Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
"""

from pathlib import Path

import httpx

from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import TemporaryCredentials
from edge_caller.signer.sources.asking import LOOPBACK, answer_to, safe_url
from edge_caller.signer.sources.documents import credentials_in, token_in

# AWS's own addresses, besides this machine's, to which the secret may come without TLS.
LINK_LOCAL = ("169.254.170.2", "169.254.170.23", "fd00:ec2::23")


class ContainerEndpoint:
    """`url` is AWS_CONTAINER_CREDENTIALS_FULL_URI. The token is sent as Authorization; its file is read each time."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        token_file: str | Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = safe_url(url, "the credential endpoint", LOOPBACK + LINK_LOCAL)
        self._token, self._token_file = token, token_file
        self._transport = transport

    def __call__(self) -> TemporaryCredentials:
        token = token_in(self._token_file) if self._token_file else self._token
        headers = {"authorization": token} if token else {}
        request = httpx.Request("GET", self._url, headers=headers)
        response = answer_to(request, "the credential endpoint", self._transport)
        if response.status_code != 200:
            raise SigningError(f"the credential endpoint gave no credentials: status {response.status_code}")
        return credentials_in(response.content, "Token", "the credential endpoint")
