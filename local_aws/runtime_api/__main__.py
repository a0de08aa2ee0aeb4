"""`python -m local_aws.runtime_api COMMAND ...`: the Invoke API on port 8080, and the function behind it.

It stands where AWS's emulator stands, as the entry of the `local` image.
"""

import asyncio
import os
import socket
import sys

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from local_aws.runtime_api.app import RuntimeApi
from local_aws.runtime_api.environment import Environment

INVOKE_PORT, RUNTIME_PORT = 8080, 9001


class Acknowledging(H11Protocol):
    """Acknowledges each segment at once. Else a runtime's small writes wait 40 ms for a delayed acknowledgement."""

    def data_received(self, data: bytes) -> None:
        self.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        super().data_received(data)


async def main(command: list[str]) -> None:
    timeout_seconds = float(os.environ.get("AWS_LAMBDA_FUNCTION_TIMEOUT") or 3)
    environment = Environment(command, f"127.0.0.1:{RUNTIME_PORT}", timeout_seconds)
    app = RuntimeApi(environment)
    config = uvicorn.Config(
        app,
        http=Acknowledging,
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=3600,
        timeout_graceful_shutdown=1,
    )
    sockets = [listening("0.0.0.0", INVOKE_PORT), listening("127.0.0.1", RUNTIME_PORT)]  # noqa: S104 - in a container
    try:
        await uvicorn.Server(config).serve(sockets)
    finally:
        await environment.stop()


def listening(host: str, port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it for sockets that it opens itself
    bound.bind((host, port))
    return bound


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
