"""Serves the app with Granian: a supervisor, and EDGE_WORKERS processes that it starts and stops.

Granian reads HTTP with hyper, which keeps bodies whole, drops trailers and bounds the head. It has no limits for
bodies, answers and requests in flight: those are the app's.
"""

import gc
import resource
import socket
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.http import HTTP1Settings
from granian.log import LogLevels

import edge_caller
import edge_caller.process.app  # loaded now, so that the workers share it
from edge_caller.config import Settings
from edge_caller.errors import ConfigurationError
from edge_caller.limits import Limits
from edge_caller.process.parent import let_sigterm_end_new_workers

# The head of a request, with its line breaks: the app refuses one of half that size, and answers it.
MAX_BUFFER_BYTES = 131_072
# Granian's own messages go to standard error: standard output has the app's lines of JSON.
LOGGING = {
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "generic"}},
    "loggers": {"_granian": {"handlers": ["console"]}},
}
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - to compare with
# Files that are open besides the sockets of clients and of the function.
OTHER_FILES = 64


def serve(settings: Settings, host: str, port: int, *, reload: bool = False) -> None:
    """Serves until SIGINT or SIGTERM. Raises ConfigurationError before it starts."""
    limits = settings.limits
    address = numeric_address(host)
    check_address(address, port)
    check_not_itself(settings, address, port)
    allow_open_files(limits)
    let_sigterm_end_new_workers()
    gc.freeze()  # what is loaded stays: the workers needn't look through it, and share its memory
    Granian(
        "edge_caller.process.app:app",
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,  # a handshake is forwarded as the GET that it is, without its Upgrade
        runtime_mode=RuntimeModes.st,  # one thread for HTTP beside Python's: with more they wait for each other
        workers=limits.workers,
        workers_kill_timeout=limits.drain_seconds,
        backpressure=limits.max_client_connections,
        http1_settings=HTTP1Settings(
            header_read_timeout=round(limits.idle_timeout_seconds * 1000),  # also how long a kept connection may idle
            max_buffer_size=MAX_BUFFER_BYTES,
        ),
        log_level=LogLevels.warning,
        log_dictconfig=LOGGING,
        reload=reload,
        reload_paths=[Path(edge_caller.__file__).parent],
    ).serve()


def numeric_address(host: str) -> str:
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        raise ConfigurationError(f"--host {host} isn't an address of this machine: give one, as 127.0.0.1") from None


def check_address(address: str, port: int) -> None:
    """Raises ConfigurationError where something else listens: Granian's workers would only find out later."""
    if not 0 < port < 65_536:
        raise ConfigurationError(f"--port is {port}: give a number from 1 to 65535")
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        socket.create_server((address, port), family=family).close()
    except OSError as error:
        raise ConfigurationError(
            f"can't listen on {address}:{port} ({error.strerror or error}): choose another with --port"
        ) from None


def check_not_itself(settings: Settings, address: str, port: int) -> None:
    """Raises ConfigurationError where FUNCTION_URL is this edge: each call would call it again."""
    url = settings.function_url
    if port != (url.port or {"http": 80, "https": 443}[url.scheme]):
        return
    try:
        addresses = {
            str(info[4][0]).removeprefix("::ffff:")
            for info in socket.getaddrinfo(url.host, None, type=socket.SOCK_STREAM)
        }
    except OSError:
        return  # no such name, so not this machine's
    # A server on "any address" is reached at each of this machine's. A call to "any address" reaches this machine.
    is_everywhere = address in ANY_ADDRESS and any(is_of_this_machine(other) for other in addresses)
    if is_everywhere or addresses & {address, *ANY_ADDRESS}:
        raise ConfigurationError(
            "FUNCTION_URL is this edge caller's own address: set it to the Function URL, or choose another --port"
        )


def is_of_this_machine(address: str) -> bool:
    try:
        socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET).close()
        return True
    except OSError:
        return False


def allow_open_files(limits: Limits) -> None:
    """Raises the soft limit of open files to what the connections need. Raises ConfigurationError where it can't."""
    others = limits.max_connections + OTHER_FILES
    needed = limits.max_client_connections + others
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise ConfigurationError(
            f"EDGE_MAX_CLIENT_CONNECTIONS is {limits.max_client_connections}, but this process may open {hard} files: "
            f"{max(hard - others, 0)} connections fit (ulimit -n raises the limit)"
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
