"""Chapters 1, 4 and 5: calls to the services that `make local-dev` runs."""

import json
import subprocess
import sys
from pathlib import Path

import httpx

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from local_aws.iam.callers import read_callers
from policies.function import Function
from running.ports import HOST, chosen_ports
from workshop.differs import Differs

FUNCTION = Function()


def check_running(folder: Path) -> list[str]:
    """Chapter 1: the edge caller signs, and the app knows who did."""
    answer = call(chosen_ports().edge_caller, "GET", "/whoami")
    if "user/edge-caller" not in answer.text:
        raise Differs("not_edge_caller", status=answer.status_code)
    return []


def check_call(folder: Path) -> list[str]:
    """Chapter 4: the learner's call.py, in the project's folder, signs a body and gets a 200."""
    chosen = chosen_ports()
    call(chosen.edge_caller, "GET", "/")
    if not Path("call.py").exists():
        raise Differs("no_file", file="call.py")
    ended = subprocess.run([sys.executable, "call.py"], capture_output=True, text=True, timeout=60, check=False)
    lines = (ended.stdout.strip() or ended.stderr.strip()).splitlines()
    if not any(line.startswith("200") for line in lines):
        raise Differs("no_200", file="call.py", answer=lines[-1] if lines else "-")
    if not any("content-type" in line for line in lines):
        raise Differs("no_body", file="call.py")
    return []


def check_event(folder: Path) -> list[str]:
    """Chapter 5: the learner's event.json is an HTTP request for the app."""
    if not Path("event.json").exists():
        raise Differs("no_file", file="event.json")
    caller = {caller.name: caller for caller in read_callers(FUNCTION).values()}["invoke-caller"]
    auth = SigV4Auth(Credentials(caller.access_key_id, caller.secret_access_key), region=FUNCTION.region)
    path = f"/2015-03-31/functions/{FUNCTION.name}/invocations"
    answer = call(chosen_ports().local_aws, "POST", path, auth, Path("event.json").read_bytes())
    try:
        status = json.loads(answer.text)["statusCode"]
    except (ValueError, KeyError, TypeError):
        status = None
    if status != 200:
        raise Differs("no_200", file="event.json", answer=answer.text)
    return []


def call(port: int, method: str, path: str, auth: SigV4Auth | None = None, body: bytes = b"") -> httpx.Response:
    try:
        with httpx.Client(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=30) as client:
            return client.request(method, path, auth=auth, content=body)
    except httpx.TransportError as error:
        raise Differs("not_running", port=port) from error
