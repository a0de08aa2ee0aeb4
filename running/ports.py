"""The ports of the three services and the inspector: the usual ones, those that the variables choose, or free ones.

`python -m running.ports lambda_app` checks one port: it prints nothing, or one sentence and ends with exit code 1.
"""

import http.client
import os
import random
import socket
import sys
from dataclasses import dataclass
from itertools import islice

HOST = "127.0.0.1"
# A system gives none of them to an outgoing connection or to port 0, which could take it before its program listens.
UNASSIGNED = range(20_000, 32_000)


class NotRunning(Exception):
    """A program can't start, didn't answer in time, or has ended. The message says which, and what to do."""


@dataclass(frozen=True)
class Ports:
    lambda_app: int = 8000
    local_aws: int = 9000
    edge_caller: int = 8787
    inspector: int = 9010


def free_port() -> int:
    """A port that nothing listens on now."""
    return free_ports().edge_caller


def free_ports() -> Ports:
    free = filter(is_free, random.sample(UNASSIGNED, len(UNASSIGNED)))
    return Ports(*islice(free, len(vars(Ports()))))


def is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def chosen_ports() -> Ports:
    """LAMBDA_APP_PORT, LOCAL_AWS_PORT, EDGE_CALLER_PORT and INSPECTOR_PORT where they are set, else the usual ports."""
    numbers = {}
    for name, default in vars(Ports()).items():
        variable = name.upper() + "_PORT"
        text = os.environ.get(variable) or str(default)
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise NotRunning(f"{variable} is {text!r}: give a port number from 1 to 65535")
        numbers[name] = int(text)
    return Ports(**numbers)


def chosen_invoke_mode() -> str:
    """INVOKE_MODE: BUFFERED, which is the default, or RESPONSE_STREAM."""
    mode = os.environ.get("INVOKE_MODE") or "BUFFERED"
    if mode not in ("BUFFERED", "RESPONSE_STREAM"):
        raise NotRunning(f"INVOKE_MODE is {mode!r}: give BUFFERED or RESPONSE_STREAM")
    return mode


def check_port(name: str, port: int) -> None:
    """Raises NotRunning when the service can't listen on the port."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        variable = name.upper() + "_PORT"
        raise NotRunning(
            f"port {port}, which {name} needs, can't be used ({os.strerror(error.errno or 0)}): "
            f"stop what listens there, or choose another with {variable}=<port>"
        ) from error


def answers(port: int, path: str | None = None) -> bool:
    """True if something listens there and, with a path, answers GET with status 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.connect()
        if path is None:
            return True
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    [name] = sys.argv[1:]
    try:
        check_port(name, getattr(chosen_ports(), name))
    except NotRunning as error:
        sys.exit(str(error))
