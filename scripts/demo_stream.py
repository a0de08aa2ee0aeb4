"""`make demo-stream`: one streamed call, buffered beside streamed, with the time of each event at each station.

The app writes its own time into each event. Taps behind the stand-in and behind the edge caller note when an event
passes. Exit code 0 if the client had the first event before the app sent the last, in RESPONSE_STREAM only.
"""

import re
import sys
import time
from dataclasses import dataclass

import httpx

from running.ports import HOST, NotRunning, free_ports
from running.processes import processes
from running.stopping import Stopped, stop_on_signals
from running.tap import tapped

COUNT = 5
DELAY_SECONDS = 0.3
PATH = f"/stream?count={COUNT}&delay_seconds={DELAY_SECONDS}"
EVENT = rb'"number": (\d+)'
SENT_AT = re.compile(rb'"number": (\d+), "sent_at": ([\d.]+)')
WHO_BUFFERS = """
Who buffers? From the app to the client, look for the first column in which the times are equal:

  app        it yields without an await between two events; a middleware that compresses or collects
  adapter    the function needs AWS_LWA_INVOKE_MODE=response_stream
  URL        the Function URL needs the invoke mode RESPONSE_STREAM; inside a VPC it doesn't stream
  server     40 ms late: TCP joins small writes; set TCP_NODELAY on a socket that you bind yourself
  proxy      nginx: proxy_buffering off, or the response header X-Accel-Buffering: no; gzip off
  client     curl -N; httpx client.stream(); fetch(...).body.getReader(), not await response.text()
"""


@dataclass(frozen=True)
class Times:
    """By station, the seconds from the call to each event. Stations in the order in which an event passes them."""

    mode: str
    stations: dict[str, list[float]]

    @property
    def streams(self) -> bool:
        return self.stations["client"][0] < self.stations["app"][-1]


def timed_call(mode: str) -> Times:
    """Raises NotRunning where a service doesn't start."""
    ports = free_ports()
    with (
        tapped(ports.local_aws, EVENT) as behind_stand_in,
        tapped(ports.edge_caller, EVENT) as behind_edge,
        processes(
            ports,
            lambda service, line: None,
            invoke_mode=mode,
            function_url=f"http://{HOST}:{behind_stand_in.port}",
        ),
    ):
        begin = time.time()
        app, client = read_events(f"http://{HOST}:{behind_edge.port}{PATH}")
    seen = {"app": app, "stand-in": behind_stand_in.seen, "edge": behind_edge.seen, "client": client}
    numbers = [str(number).encode() for number in range(1, COUNT + 1)]
    return Times(mode, {name: [times[number] - begin for number in numbers] for name, times in seen.items()})


def read_events(url: str) -> tuple[dict[bytes, float], dict[bytes, float]]:
    """When each event was sent by the app, and when it came here."""
    sent: dict[bytes, float] = {}
    came: dict[bytes, float] = {}
    received = b""
    with httpx.Client(trust_env=False, timeout=60) as client, client.stream("GET", url) as response:
        response.raise_for_status()
        for piece in response.iter_raw():
            now = time.time()
            received += piece
            for number, at in SENT_AT.findall(received):
                sent[number] = float(at)
                came.setdefault(number, now)
    return sent, came


def table(first: Times, second: Times) -> str:
    """Both calls beside each other, a row for each event."""
    width = 10 * len(first.stations)
    heads = "".join(f"{name:>10}" for name in first.stations)
    lines = [f"{'':10}{first.mode:>{width}}{second.mode:>{width + 4}}", f"{'event':10}{heads}    {heads}"]
    for number in range(COUNT):
        columns = ["".join(f"{times[number]:>10.2f}" for times in one.stations.values()) for one in (first, second)]
        lines.append(f"{number + 1:<10}{columns[0]}    {columns[1]}")
    return "\n".join(lines)


def main() -> int:
    stop_on_signals()
    print(f"GET {PATH} through the edge caller, in both invoke modes ...\n", flush=True)
    try:
        buffered, streamed = timed_call("BUFFERED"), timed_call("RESPONSE_STREAM")
    except Stopped:
        print("demo-stream: stopped before its end; all services are stopped too", file=sys.stderr)
        return 130
    except (NotRunning, httpx.HTTPError) as error:
        print(f"demo-stream: {error}", file=sys.stderr)
        return 1
    print(table(buffered, streamed))
    print(
        "\nSeconds since the call. BUFFERED: all events come at the end. RESPONSE_STREAM: each comes when it is sent."
    )
    print(WHO_BUFFERS, end="")
    return 0 if streamed.streams and not buffered.streams else 1


if __name__ == "__main__":
    sys.exit(main())
