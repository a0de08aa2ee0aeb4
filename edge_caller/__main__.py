"""`python -m edge_caller`: the edge caller as a process of its own, its variables checked before it starts.

It serves plain HTTP: put a proxy that ends TLS in front before anything but this machine reaches it.
"""

import argparse
import sys

from edge_caller.access import check_not_open, is_loopback
from edge_caller.config import Settings
from edge_caller.credential_sources import described
from edge_caller.errors import ConfigurationError
from edge_caller.signer.errors import SigningError
from edge_caller.variables import variables_of_process


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m edge_caller", description="The edge caller on its own.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8787, help="the port to listen on (default: %(default)s)")
    parser.add_argument("--reload", action="store_true", help="start again when a source file changes")
    arguments = parser.parse_args()
    try:
        variables, source, file = variables_of_process()
        settings = Settings.from_variables(variables, source, file)
        if not is_loopback(arguments.host):
            check_not_open(settings, f"{arguments.host}:{arguments.port}")
        signs_with = described(settings.credentials)
        print(f"edge_caller: calls {settings.function_url.host}, with the variables of {source}", file=sys.stderr)
        print(f"edge_caller: signs with {signs_with}", file=sys.stderr)
        from edge_caller.process.server import serve  # here, so that a wrong variable is told without loading it

        serve(settings, arguments.host, arguments.port, reload=arguments.reload)
    except (ConfigurationError, SigningError) as error:
        print(f"edge_caller: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
