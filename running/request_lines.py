"""One line for each request of `make local-dev`, put together from what the three services log about it.

A service that logs nothing about a request within a moment didn't get it: the request was refused before, or sent to
the Function URL or the app directly.
"""

import json
import re
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from local_aws.reasons import printable
from running.colours import colour_of, coloured

HEADER = " edge  URL  app      time  request"
INDENT = " " * HEADER.index("request")
OF_THE_APP = re.compile(r'INFO: +\S+ - "([A-Z]+) (\S+) HTTP/[\d.]+" (\d{3})\b')
OF_THE_FUNCTION_URL = re.compile(r"INFO: +(\d{3}) ([A-Z]+) (.*?)(?: - (.+))?")
HEALTH = ("/healthz", "/_edge/health")
# The stand-in may write more lines about a request: warnings, and the canonical request that AWS makes.
MORE = re.compile(r"The canonical request that AWS makes:| {4}.*")
PATIENCE_SECONDS = 0.3
STREAM_SECONDS = 3.0  # the app logs when its response begins, the others when it has ended


@dataclass
class Seen:
    """What was logged of a request so far. A status is None where that service has logged nothing."""

    method: str
    path: str
    edge: int | None = None
    url: int | None = None
    app: int | None = None
    upstream: int | None = None
    milliseconds: float | None = None
    reason: str | None = None
    since: float | None = None
    more: list[str] = field(default_factory=list)

    def is_whole(self) -> bool:
        return None not in (self.edge, self.url) and (self.app is not None or self.reason is not None)

    def patience(self) -> float:
        return STREAM_SECONDS if self.edge is None and self.url is None else PATIENCE_SECONDS

    def takes(self, other: "Seen") -> bool:
        """Whether both can be about one request."""
        one = Seen(self.method, self.path)
        one.take(self)
        one.take(other)
        alike = self.method == other.method and self.path_at_the_app() == other.path_at_the_app()
        apart = all(None in pair for pair in ((self.edge, other.edge), (self.url, other.url), (self.app, other.app)))
        forwarded = None in (one.edge, one.url) or one.upstream == one.url
        reached = None in (one.url, one.app) or one.url == one.app or one.url == 502 or self.path != other.path
        return alike and apart and forwarded and reached

    def path_at_the_app(self) -> str:
        """The Invoke API's event comes as POST /events."""
        return "/events" if "/invocations" in self.path else self.path

    def take(self, other: "Seen") -> None:
        for name, value in vars(other).items():
            if value is not None and name != "more" and (getattr(self, name) is None or (name == "path" and other.url)):
                setattr(self, name, value)


class RequestLines:
    """`write` gets each line to show. Another line of a service is shown as it is, behind the service's name."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._waiting: list[Seen] = []
        self._last: Seen | None = None  # at the Function URL, for the lines that follow
        self._lock = threading.Lock()  # each service has a thread that writes

    def on_line(self, service: str, line: str) -> None:
        with self._lock:
            seen = seen_in(service, line)
            if seen is None and service == "local_aws" and self._last and MORE.fullmatch(line):
                self._add(line, self._last)
            elif seen is None:
                self._write(f"{service:<11} | {line}")
            elif seen.path not in HEALTH:
                self._put_together(seen)

    def show_the_rest(self) -> None:
        """Shows the requests of which no service logs any more: to be called now and then."""
        with self._lock:
            for seen in [seen for seen in self._waiting if self._clock() - (seen.since or 0) > seen.patience()]:
                self._waiting.remove(seen)
                self._show(seen)

    def show_all(self) -> None:
        """Shows the requests that still wait: to be called once the services have ended."""
        with self._lock:
            while self._waiting:
                self._show(self._waiting.pop(0))

    def _put_together(self, seen: Seen) -> None:
        earlier = next((waiting for waiting in self._waiting if waiting.takes(seen)), None)
        if earlier is None:
            earlier = seen
            seen.since = self._clock()
            self._waiting.append(seen)
        else:
            earlier.take(seen)
        if seen.url is not None:
            self._last = earlier
        if earlier.is_whole():
            self._waiting.remove(earlier)
            self._show(earlier)

    def _show(self, seen: Seen) -> None:
        statuses = (seen.edge, seen.url, seen.app)
        columns = "".join(f"{status or '-':>5}" for status in statuses)
        duration = "-" if seen.milliseconds is None else f"{seen.milliseconds} ms"
        colour = colour_of(next(status for status in statuses if status), seen.reason is not None)
        self._write(coloured(f"{columns}{duration:>10}  {seen.method} {seen.path}", colour))
        for line in wrapped(seen.reason or ""):
            self._write(coloured(INDENT + line, colour))
        for line in seen.more:
            self._write(INDENT + line)

    def _add(self, line: str, request: Seen) -> None:
        """Below the request, whether that is shown already or not."""
        if request in self._waiting:
            request.more.append(line)
        else:
            self._write(INDENT + line)


def seen_in(service: str, line: str) -> Seen | None:
    """The request that the line is about; None for another line."""
    if service == "lambda_app" and (found := OF_THE_APP.match(line)):
        return Seen(found[1], printable(unquote(found[2].partition("?")[0])), app=int(found[3]))
    if service == "local_aws" and (found := OF_THE_FUNCTION_URL.fullmatch(line)):
        return Seen(found[2], found[3], url=int(found[1]), reason=found[4])
    return seen_at_the_edge(line) if service == "edge_caller" else None


def seen_at_the_edge(line: str) -> Seen | None:
    """The edge caller logs JSON. Without a status the client disconnected."""
    try:
        log = json.loads(line)
        path, status, upstream = printable(log["path"]), log["status"], log["upstream_status"]
        seen = Seen(log["method"], path, status, None, None, upstream, log["duration_ms"], log["error"])
    except (ValueError, KeyError, TypeError):
        return None
    return seen if status else None


def wrapped(text: str) -> list[str]:
    """As wide as the terminal; one line if the output isn't a terminal."""
    if not sys.stdout.isatty():
        return [text] if text else []
    return textwrap.wrap(text, max(40, shutil.get_terminal_size().columns - len(INDENT)))
