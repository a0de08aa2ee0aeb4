"""The claims of a token as each platform writes them, for the caller that roles.toml trusts.

Source: Kubernetes documentation, "Managing Service Accounts"; GitHub Docs, "OpenID Connect reference"; Google Cloud
documentation, "Types of tokens".
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from local_aws.iam.roles import AUDIENCE

Claims = dict[str, Any]


def kubernetes(now: int) -> Claims:
    def named(name: str) -> dict[str, str]:
        return {"name": name, "uid": str(uuid4())}

    return {
        "aud": [AUDIENCE],
        "exp": now + 3600,
        "iat": now,
        "jti": str(uuid4()),
        "kubernetes.io": {
            "namespace": "default",
            "node": named("node-1"),
            "pod": named("edge-caller-1"),
            "serviceaccount": named("edge-caller"),
        },
        "nbf": now,
        "sub": "system:serviceaccount:default:edge-caller",
    }


def github(now: int) -> Claims:
    """With the immutable IDs that GitHub writes for repositories made since July 2026."""
    repository = "example-org/edge-caller"
    workflow = f"{repository}/.github/workflows/call.yml@refs/heads/main"
    return {
        "jti": str(uuid4()),
        "sub": "repo:example-org@1001/edge-caller@2002:ref:refs/heads/main",
        "aud": AUDIENCE,
        "ref": "refs/heads/main",
        "ref_type": "branch",
        "repository": repository,
        "repository_id": "2002",
        "repository_owner": "example-org",
        "repository_owner_id": "1001",
        "event_name": "push",
        "workflow_ref": workflow,
        "job_workflow_ref": workflow,
        "run_id": "1",
        "run_attempt": "1",
        "nbf": now,
        "exp": now + 300,
        "iat": now,
    }


def google(now: int) -> Claims:
    account = "100000000000000000001"
    return {
        "aud": AUDIENCE,
        "azp": account,
        "email": "edge-caller@example-project.iam.gserviceaccount.com",
        "email_verified": True,
        "exp": now + 3600,
        "iat": now,
        "sub": account,
    }


KINDS: dict[str, Callable[[int], Claims]] = {"kubernetes": kubernetes, "github": github, "google": google}


def claims_of(kind: str, issuer: str, now: datetime, changes: Claims) -> Claims:
    """The claims of that kind. `changes` replaces claims, and removes those that are null."""
    claims = KINDS[kind](int(now.timestamp())) | {"iss": issuer} | changes
    return {name: value for name, value in claims.items() if value is not None}
