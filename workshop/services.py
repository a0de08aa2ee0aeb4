"""Chapters 1, 4, 5 and 10: calls to the services that `make local-dev` runs."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from policies.function import Function
from running.ports import HOST, chosen_ports
from running.processes import local_caller
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
    caller = local_caller("invoke-caller")
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


def check_stream(folder: Path) -> list[str]:
    """Chapter 10: through the edge caller, an event comes before the app sends the last one, and the end is marked."""
    sent, came, text = stream_times(chosen_ports().edge_caller, "/stream?count=3&delay_seconds=0.5")
    if "event: end" not in text:
        raise Differs("stream_cut")
    if came[0] >= sent[-1]:
        raise Differs("buffered")
    early = [number for number, at in enumerate(came[:-1], 1) if at < sent[-1]]
    return [
        *(f"event {number}: came before the app sent the last one" for number in early),
        f"event {len(came)}: the last one",
    ]


def stream_times(port: int, path: str) -> tuple[list[float], list[float], str]:
    """When the app sent each event, when it came, and the whole text."""
    came: list[float] = []
    text = ""
    try:
        with httpx.stream("GET", f"http://{HOST}:{port}{path}", trust_env=False, timeout=30) as response:
            for piece in response.iter_text():
                text += piece
                came += [time.time()] * (text.count('"sent_at": ') - len(came))
    except httpx.TransportError as error:
        raise Differs("not_running", port=port) from error
    return [float(at) for at in re.findall(r'"sent_at": ([\d.]+)', text)], came, text


def call(port: int, method: str, path: str, auth: SigV4Auth | None = None, body: bytes = b"") -> httpx.Response:
    try:
        with httpx.Client(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=30) as client:
            return client.request(method, path, auth=auth, content=body)
    except httpx.TransportError as error:
        raise Differs("not_running", port=port) from error
