"""`make demo`: makes eight calls to the local services and explains each. Exit code 0 if all answers are as expected.

It uses free ports and the local callers' keys only. With --docker (`make demo-docker`) the services are containers.
"""

import sys
import textwrap
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials
from policies.function import Function
from running.colours import RED, colour_of, coloured
from running.containers import containers
from running.ports import NotRunning, free_ports
from running.processes import local_caller, processes
from running.stopping import Stopped, stop_on_signals
from scripts.demo_reasons import three_things

WIDTH = 100
FUNCTION = Function()
INVOKE_PATH = f"/2015-03-31/functions/{FUNCTION.name}/invocations"


@dataclass(frozen=True)
class Call:
    """`send` gets a client of the edge or of the Function URL. The response's body must contain `body`."""

    text: str
    to: str
    send: Callable[[httpx.Client], httpx.Response]
    status: int
    body: str


def auth_of(name: str) -> SigV4Auth:
    caller = local_caller(name)
    return SigV4Auth(Credentials(caller.access_key_id, caller.secret_access_key), region=FUNCTION.region)


def with_a_byte_changed(client: httpx.Client) -> httpx.Response:
    """Signs one request and sends another, which is what a signature detects."""
    signed = next(auth_of("edge-caller").sync_auth_flow(client.build_request("GET", "/items/42?q=hello")))
    signed.url = signed.url.copy_with(query=b"q=hellp")
    return client.send(signed)


EDGE = "through the edge, "
SIGNED = EDGE + "which signs as edge-caller"
URL = "to the Function URL, "
CALLS = [
    Call("GET /", SIGNED, lambda c: c.get("/"), 200, '{"Hello":"World"}'),
    Call("GET /items/42?q=hello", SIGNED, lambda c: c.get("/items/42?q=hello"), 200, '{"item_id":42,"q":"hello"}'),
    Call("GET /whoami", SIGNED, lambda c: c.get("/whoami"), 200, "user/edge-caller"),
    Call(
        "POST /events", EDGE + "but only Lambda may send events", lambda c: c.post("/events", json={}), 404, "Not Found"
    ),
    Call("GET /", URL + "not signed", lambda c: c.get("/"), 403, "Forbidden"),
    Call("GET /items/42?q=hellp", URL + "a byte changed after signing", with_a_byte_changed, 403, "does not match"),
    Call(
        "GET /",
        URL + "signed by article-2024, whose policy has one action of two",
        lambda c: c.get("/", auth=auth_of("article-2024")),
        403,
        "Forbidden",
    ),
    Call(
        "POST .../invocations",
        "to the Invoke API, signed by invoke-caller",
        lambda c: c.post(INVOKE_PATH, json={"from": "outside"}, auth=auth_of("invoke-caller")),
        200,
        '{"received":{"from":"outside"}}',
    ),
]


def main() -> int:
    stop_on_signals()
    last_lines: deque[str] = deque(maxlen=20)
    started = time.monotonic()
    run = containers if "--docker" in sys.argv[1:] else processes
    try:
        print("Starting lambda_app, local_aws and edge_caller on free ports ...", flush=True)
        with run(free_ports(), lambda service, line: last_lines.append(f"{service:<11} | {line}")) as services:
            urls = {True: services.edge_url, False: services.function_url}
            passed = 0
            for number, call in enumerate(CALLS, 1):
                with httpx.Client(base_url=urls[call.to.startswith(EDGE)], trust_env=False, timeout=60) as client:
                    passed += show(number, call, call.send(client))
    except Stopped:
        print("\ndemo: stopped before its end; all three services are stopped too", file=sys.stderr)
        return 130
    except NotRunning as error:
        print("\n".join([*last_lines, f"demo: {error}"]), file=sys.stderr)
        return 1
    print(f"\n{passed} of {len(CALLS)} answers as expected. All stopped, {time.monotonic() - started:.1f} s.")
    return 0 if passed == len(CALLS) else 1


def beside_the_label(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=" " * 19, subsequent_indent=" " * 19).lstrip()


def show(number: int, call: Call, response: httpx.Response) -> bool:
    """Prints the call and its response. Returns True if the response is as expected."""
    refused = response.status_code == 403
    status = coloured(str(response.status_code), colour_of(response.status_code, refused))
    print(f"\n{number}  {status}  {call.text:<24}{call.to}")
    if refused:
        for label, text in three_things(response):
            print(f"        {label:<11}{beside_the_label(text)}")
    else:
        text = response.text
        print(f"        {text if len(text) <= WIDTH - 8 else text[: WIDTH - 11] + '...'}")
    expected = response.status_code == call.status and call.body in response.text
    if not expected:
        print(coloured(f"        NOT EXPECTED: wanted {call.status} and {call.body}", RED))
    return expected


if __name__ == "__main__":
    sys.exit(main())
