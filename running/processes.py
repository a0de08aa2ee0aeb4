"""The three services as processes. The edge caller gets the keys of the local caller, and nothing of the shell's."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from local_aws.iam.callers import Caller, read_callers
from policies.function import Function
from running.ports import HOST, Ports, answers, check_port
from running.program import Program, inherited_variables, started
from running.services import OnLine, Services

PYTHON = [sys.executable, "-u", "-m"]


def local_caller(name: str) -> Caller:
    return next(caller for caller in read_callers(Function()).values() if caller.name == name)


def web_app_variables(ports: Ports) -> dict[str, str]:
    return {"LOCAL_AWS_WEB_APP_URL": f"http://{HOST}:{ports.lambda_app}"}


def edge_variables(ports: Ports, caller: str = "edge-caller") -> dict[str, str]:
    key = local_caller(caller)
    return {
        "DEV_VARS": "",
        "FUNCTION_URL": f"http://{HOST}:{ports.local_aws}",
        "AWS_REGION": Function().region,
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "AWS_SESSION_TOKEN": key.session_token or "",
    }


def programs(ports: Ports, on_line: OnLine, reload: bool, invoke_mode: str, function_url: str | None) -> list[Program]:
    def program(name: str, command: list[str], **variables: str) -> Program:
        return Program(name, command, inherited_variables() | variables, on_line=lambda line: on_line(name, line))

    def module(name: str, port: int) -> list[str]:
        return [*PYTHON, name, "--port", str(port)]

    chosen = {name: value for name, value in os.environ.items() if name == "LOCAL_AWS_SESSION_SECONDS"}
    chosen["LOCAL_AWS_INVOKE_MODE"] = invoke_mode
    local_aws = [*module("local_aws", ports.local_aws), "--inspector-port", str(ports.inspector)]
    lambda_app = module("lambda_app", ports.lambda_app)
    reloaded = ["--reload"] if reload else []
    if reload:  # uvicorn's reloader would keep the port open while the app can't start, and calls would hang
        watch = [*PYTHON, "watchfiles", "--verbosity", "warning", "--filter", "python"]
        lambda_app = [*watch, shlex.join(lambda_app), "lambda_app"]
    edge = edge_variables(ports) | ({"FUNCTION_URL": function_url} if function_url else {})
    return [
        program("lambda_app", lambda_app),
        program("local_aws", [*local_aws, *reloaded], **web_app_variables(ports), **chosen),
        program("edge_caller", [*module("edge_caller", ports.edge_caller), *reloaded], **edge),
    ]


@contextmanager
def processes(
    ports: Ports,
    on_line: OnLine,
    *,
    reload: bool = False,
    invoke_mode: str = "BUFFERED",
    function_url: str | None = None,
) -> Iterator[Services]:
    """All three answer inside the block, and none of them is left after it. The edge caller calls `function_url`."""
    for name, port in vars(ports).items():
        check_port(name, port)
    with ExitStack() as stack:
        lambda_app, local_aws, edge_caller = [
            stack.enter_context(started(program))
            for program in programs(ports, on_line, reload, invoke_mode, function_url)
        ]
        lambda_app.wait_until(lambda: answers(ports.lambda_app, "/healthz"))
        local_aws.wait_until(lambda: answers(ports.local_aws))
        edge_caller.wait_until(lambda: answers(ports.edge_caller, "/_edge/health"))
        try:
            yield Services(ports, [lambda_app, local_aws, edge_caller])
        finally:
            for program in (lambda_app, local_aws, edge_caller):
                program.tell_to_end()  # all at once: leaving the stack then waits for each
