"""`make token`: prints a token of the local issuer, as Kubernetes, GitHub or Google writes it, and nothing else."""

import json
import os
import sys
from collections.abc import Mapping

from local_aws.config import Settings, issuer_url
from local_aws.errors import ConfigurationError
from local_aws.iam.access import utc_now
from local_aws.sts.claims import KINDS, Claims, claims_of
from local_aws.sts.issuer import Issuer


def token(variables: Mapping[str, str]) -> str:
    """By KIND and CLAIMS. Raises ConfigurationError."""
    kind = variables.get("KIND") or "kubernetes"
    if kind not in KINDS:
        raise ConfigurationError(f"KIND is {kind!r}: write {', '.join(KINDS)}")
    issuer = Issuer(issuer_url(variables), Settings.from_variables(variables).oidc_keys)
    return issuer.token(claims_of(kind, issuer.url, utc_now(), changes(variables.get("CLAIMS") or "{}")))


def changes(text: str) -> Claims:
    try:
        claims = json.loads(text)
    except ValueError:
        claims = None
    if not isinstance(claims, dict):
        raise ConfigurationError("""CLAIMS isn't a JSON object: write the claims to change, as {"sub": "somebody"}""")
    return claims


def main() -> None:
    try:
        print(token(os.environ))
    except ConfigurationError as error:
        sys.exit(f"token: {error}")


if __name__ == "__main__":
    main()
