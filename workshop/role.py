"""`make token | python -m workshop.role ROLE`: takes a role with a token, calls, and calls again later.

It shows whose credentials they are and until when, never the credentials.
Source: AWS STS API Reference, "AssumeRoleWithWebIdentity".
"""

import argparse
import re
import sys
import time
from datetime import UTC, datetime

import httpx

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from policies.function import Function
from running.ports import HOST, chosen_ports

FUNCTION = Function()
LONGEST_SECONDS = 60


def field(answer: httpx.Response, name: str) -> str:
    """The text of an element of STS's answer."""
    found = re.search(f"<{name}>([^<]*)</{name}>", answer.text)
    return found[1] if found else ""


def assume(client: httpx.Client, role: str, token: str) -> httpx.Response:
    fields = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": f"arn:aws:iam::{FUNCTION.account_id}:role/{role}",
        "RoleSessionName": "learner",
        "WebIdentityToken": token,
    }
    return client.post(f"http://{HOST}:{chosen_ports().inspector}/sts", data=fields)


def call(client: httpx.Client, sts: httpx.Response) -> str:
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    auth = SigV4Auth(Credentials(*(field(sts, name) for name in names)), region=FUNCTION.region)
    answer = client.get(f"http://{HOST}:{chosen_ports().local_aws}/whoami", auth=auth)
    return f"{answer.status_code} {answer.text.strip()}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m workshop.role", description="Take a role with a token, and call.")
    parser.add_argument("role", help="its name in local_aws/iam/roles.toml; the token comes on standard input")
    role = parser.parse_args().role
    with httpx.Client(trust_env=False, timeout=30) as client:
        sts = assume(client, role, sys.stdin.read().strip())
        if sts.status_code != 200:
            print(f"STS: {sts.status_code} {field(sts, 'Code')}: {field(sts, 'Message')}")
            print(f"because: {sts.headers.get('x-local-aws-reason', '')}")
            return 1
        expires_at = datetime.fromisoformat(field(sts, "Expiration"))
        print(f"STS:   {field(sts, 'Arn')} until {expires_at:%H:%M:%S} UTC")
        print(f"now:   {call(client, sts)}")
        left = (expires_at - datetime.now(UTC)).total_seconds()
        if left <= LONGEST_SECONDS:
            time.sleep(max(left, 0))
            print(f"later: {call(client, sts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
