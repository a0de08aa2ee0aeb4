"""`make local-dev`: the three services with reload and their logs, until Ctrl-C, SIGTERM or the end of one of them.

It uses the local caller's keys only. The ports are LAMBDA_APP_PORT, LOCAL_AWS_PORT and EDGE_CALLER_PORT.
With --docker (`make local-dev-docker`) the three are containers, without reload.
"""

import os
import signal
import sys
import time
from types import FrameType

from running.containers import ComposeStack
from running.processes import Ports, Stack, StackError


class Stopped(Exception):
    """Somebody asked for the end."""


def stop(number: int, frame: FrameType | None) -> None:
    for later in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(later, signal.SIG_IGN)  # one request is enough: the stopping itself isn't interrupted
    raise Stopped


def print_line(service: str, line: str) -> None:
    print(f"{service:<11} | {line}", flush=True)


def chosen_ports() -> Ports:
    numbers = {}
    for name, default in vars(Ports()).items():
        variable = name.upper() + "_PORT"
        text = os.environ.get(variable) or str(default)
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise StackError(f"{variable} is {text!r}: give a port number from 1 to 65535")
        numbers[name] = int(text)
    return Ports(**numbers)


def chosen_stack() -> Stack | ComposeStack:
    if "--docker" in sys.argv[1:]:
        return ComposeStack(chosen_ports(), print_line)
    return Stack(chosen_ports(), print_line, reload=True)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        with chosen_stack() as stack:
            print(f"\n  edge caller    {stack.edge_url}      signs each call and passes it on")
            print(f"  Function URL   {stack.function_url}      refuses what isn't signed; its log says why")
            print(f"\n  Try:  curl '{stack.edge_url}/items/42?q=hello'\n  Stop: Ctrl-C\n", flush=True)
            while True:
                stack.check()
                time.sleep(0.2)
    except Stopped:
        print("local-dev: all stopped", flush=True)
        return 0
    except StackError as error:
        print(f"local-dev: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
