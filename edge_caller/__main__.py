"""`python -m edge_caller`: the edge caller as a process of its own, its variables checked before it starts.

It serves plain HTTP: put a TLS-terminating proxy in front before anything but this machine reaches it.
Source: uvicorn's documentation, "Settings".
"""

import argparse
import gc
import sys

from edge_caller.config import settings_from, variables_of_process
from edge_caller.errors import ConfigurationError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m edge_caller", description="The edge caller on its own.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8787, help="the port to listen on (default: %(default)s)")
    parser.add_argument("--reload", action="store_true", help="start again when a source file changes")
    arguments = parser.parse_args()
    try:
        variables, source = variables_of_process()
        settings = settings_from(variables, source)
    except ConfigurationError as error:
        print(f"edge_caller: {error}", file=sys.stderr)
        sys.exit(2)
    print(f"edge_caller: calls {settings.function_url.host}, with the variables of {source}", file=sys.stderr)
    if settings.bearer_token is None and arguments.host not in LOOPBACK:
        print(
            f"edge_caller: anyone who reaches {arguments.host}:{arguments.port} can call the function: "
            "set EDGE_BEARER_TOKEN to ask for a token",
            file=sys.stderr,
        )
    serve(arguments)


def serve(arguments: argparse.Namespace) -> None:
    import uvicorn  # here, so that a wrong variable is told without waiting for it

    import edge_caller.app
    import edge_caller.process.aiohttp_transport  # noqa: F401 - loaded now, not with the first request

    gc.freeze()  # what is loaded stays: the garbage collector needn't look through it again and again
    uvicorn.run(
        "edge_caller.app:app",
        host=arguments.host,
        port=arguments.port,
        reload=arguments.reload,
        reload_dirs=["edge_caller"] if arguments.reload else None,
        access_log=False,  # it would write queries, which may hold a secret; the app writes a line of its own
        ws="none",  # a WebSocket's handshake goes on as the GET that it is, without its Upgrade
        proxy_headers=False,
        server_header=False,  # the function's own Date and Server are passed on
        date_header=False,
    )


if __name__ == "__main__":
    main()
