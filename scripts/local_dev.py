"""`make local-dev`: the three services with reload and their logs, until Ctrl-C, SIGTERM or the end of one of them.

It uses the local caller's keys only. With --docker (`make local-dev-docker`) the three are containers, without reload.
INVOKE_MODE=RESPONSE_STREAM streams the responses.
"""

import sys
import time
from contextlib import AbstractContextManager

from running.containers import containers
from running.ports import NotRunning, chosen_invoke_mode, chosen_ports
from running.processes import processes
from running.request_lines import HEADER, RequestLines
from running.services import OnLine, Services
from running.stopping import Stopped, stop_on_signals


def say(text: str) -> None:
    sys.stdout.write(text + "\n")  # in one piece: each service has a thread that writes
    sys.stdout.flush()


def chosen_services(on_line: OnLine) -> AbstractContextManager[Services]:
    if "--docker" in sys.argv[1:]:
        return containers(chosen_ports(), on_line, invoke_mode=chosen_invoke_mode())
    return processes(chosen_ports(), on_line, reload=True, invoke_mode=chosen_invoke_mode())


def banner(services: Services) -> str:
    return f"""
  edge caller    {services.edge_url}      signs each request and forwards it
  Function URL   {services.function_url}      rejects what isn't signed, and says why below
  inspector      {services.inspector_url}      shows each request, and why it was refused

  Try:  curl -w '\\n' '{services.edge_url}/items/42?q=hello'
  Stop: Ctrl-C

{HEADER}"""


def main() -> int:
    stop_on_signals()
    lines = RequestLines(say)
    try:
        with chosen_services(lines.on_line) as services:
            say(banner(services))
            while True:
                services.check()
                lines.show_the_rest()
                time.sleep(0.2)
    except Stopped:
        lines.show_all()
        say("local-dev: all stopped")
        return 0
    except NotRunning as error:
        lines.show_all()
        print(f"local-dev: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
