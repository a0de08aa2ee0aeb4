"""The rehearsal of the caller's role: a token for its subject, STS of the local AWS, and a call with the credentials.

ministack reads the token's claims without verifying it; the stand-in's STS is the one that verifies.
"""

import json
import tempfile
from pathlib import Path

import httpx

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from infra.role import AUDIENCE
from infra.settings import Settings
from rehearsal.calls import TIMEOUT_SECONDS, function_url, shown
from rehearsal.connect_to import ConnectTo
from rehearsal.local_cloud import ACCOUNT_ID, ISSUER, SUBJECT
from rehearsal.runner import PYTHON, Rehearsal


def call_with_the_role(rehearsal: Rehearsal) -> str:
    with tempfile.TemporaryDirectory() as folder:
        claims = {"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE}  # as text: ministack compares no list
        variables = {"CLAIMS": json.dumps(claims), "LOCAL_AWS_OIDC_KEYS": folder}
        file = Path(folder, "token")
        file.write_text(rehearsal.run(PYTHON, "-m", "local_aws.sts", more=variables).strip())
        role = f"arn:aws:iam::{ACCOUNT_ID}:role/{Settings.caller_name}-role"
        words = ("--role-arn", role, "--role-session-name", "rehearsal", "--web-identity-token", f"file://{file}")
        command = ("sts", "assume-role-with-web-identity", "--no-sign-request", *words, "--query", "Credentials")
        found = json.loads(rehearsal.run(rehearsal.variables["AWS"], *command, "--output", "json"))
    credentials = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    transport = ConnectTo(f"http://{rehearsal.address}")
    with httpx.Client(auth=SigV4Auth(credentials), transport=transport, timeout=TIMEOUT_SECONDS) as client:
        return shown(client.get(function_url(rehearsal.dev_vars)))
