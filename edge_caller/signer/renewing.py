"""RenewingCredentials: temporary credentials that are renewed before they expire, for threads and tasks alike.

    SigV4Auth(RenewingCredentials(WebIdentity(role_arn, token, region=region)))

Shortly before the end one renewal runs, and everyone goes on with the old set; close to the end they wait for it. While
the source is down the old set is used until it expires. After that each call fails at once, with one try a second.
"""

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge_caller.signer.clock import utc_now
from edge_caller.signer.errors import SigningError
from edge_caller.signer.sigv4 import Credentials

# Parts of a set's lifetime before its end, and at most so long: from the first on it is renewed, from the second on
# everyone waits for it. A random part of the first keeps many callers from renewing at the same moment.
RENEW_BEFORE, AT_MOST_RENEW_BEFORE = 0.25, timedelta(minutes=15)
WAIT_BEFORE, AT_MOST_WAIT_BEFORE = 0.05, timedelta(minutes=1)
WAIT_AFTER = 5  # times what a set without an end is good for: then nobody has asked for it for long, and all wait
PAUSE_SECONDS = 1.0  # at least, from one try to the next
WAIT_SECONDS = 10.0  # the longest that a request waits for a renewal


@dataclass(frozen=True)
class TemporaryCredentials:
    """What a source gives, with times in a zone. Those without an end may have a time to ask again, `renew_at`."""

    credentials: Credentials
    expires_at: datetime | None = None
    renew_at: datetime | None = None


Source = Callable[[], TemporaryCredentials]
"""Asks for new credentials, in a thread of its own, so it may block. It raises SigningError and ends by itself."""


@dataclass(frozen=True)
class CurrentSet:
    """A set with the moments that count for it, and when it came by both clocks. It is swapped as a whole."""

    credentials: Credentials
    came_at: datetime
    came_seconds: float
    renew_at: datetime | None = None
    wait_at: datetime | None = None
    expires_at: datetime | None = None


class RenewingCredentials:
    """A credential provider for SigV4Auth. Nothing runs until the first request, and no thread outlives a renewal."""

    def __init__(
        self,
        source: Source,
        *,
        now: Callable[[], datetime] = utc_now,
        seconds: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._source = source
        self._now, self._seconds, self._jitter = now, seconds, jitter
        self._set: CurrentSet | None = None
        self._lock = threading.Lock()  # held for a moment, never while a source is asked
        self._renewal: Future[None] | None = None
        self._tried_at = self._rejected_at = float("-inf")
        self._error = "no credentials came yet"

    def __repr__(self) -> str:
        return f"RenewingCredentials({self.name})"

    @property
    def name(self) -> str:
        return getattr(self._source, "__name__", type(self._source).__name__)

    @property
    def expires_at(self) -> datetime | None:
        return self._set.expires_at if self._set else None

    def __call__(self) -> Credentials:
        """The current credentials, for a thread. Raises SigningError when there are none that are valid."""
        usable = self._usable()
        if usable:
            return usable
        if renewal := self._started():
            with contextlib.suppress(TimeoutError):
                renewal.result(WAIT_SECONDS)
        return self._valid()

    async def current(self) -> Credentials:
        """The same for a task: it doesn't block the event loop, and its cancellation stops no renewal."""
        usable = self._usable()
        if usable:
            return usable
        if renewal := self._started():
            await asyncio.wait([asyncio.wrap_future(renewal)], timeout=WAIT_SECONDS)
        return self._valid()

    def reject(self, credentials: Credentials) -> bool:
        """AWS says that these have expired. True where others have come, or may: one try at once, one a second."""
        with self._lock:
            if self._set is None or self._set.credentials != credentials:
                return True
            if self._seconds() - self._rejected_at < PAUSE_SECONDS:
                return False
            self._set, self._error = None, "AWS answered that the last ones have expired"
            self._rejected_at, self._tried_at = self._seconds(), float("-inf")
            return True

    def _usable(self) -> Credentials | None:
        """Those that needn't be waited for. It starts the renewal that is due."""
        current = self._set
        if current is None:
            return None
        now = self._time(current)
        if current.renew_at and now >= current.renew_at:
            if current.wait_at and now >= current.wait_at:
                return None
            self._started()
        return current.credentials

    def _valid(self) -> Credentials:
        current = self._set
        if current and (current.expires_at is None or self._time(current) < current.expires_at):
            return current.credentials
        raise SigningError(f"there are no valid credentials: {self._error}")

    def _time(self, current: CurrentSet) -> datetime:
        """By our clock, or by the time since the set came, whichever is later: a clock set back revives no set."""
        return max(self._now(), current.came_at + timedelta(seconds=self._seconds() - current.came_seconds))

    def _started(self) -> "Future[None] | None":
        """The one renewal under way, started where none is; None within the pause after the last try."""
        with self._lock:
            if self._renewal is None and self._seconds() - self._tried_at >= PAUSE_SECONDS:
                self._tried_at = self._seconds()
                renewal: Future[None] = Future()
                renewal.set_running_or_notify_cancel()  # from now on no one who waits can cancel it
                try:
                    threading.Thread(target=self._renew, args=(renewal,), name="credentials", daemon=True).start()
                    self._renewal = renewal
                except RuntimeError:  # tried again after the pause
                    self._error = "no thread could be started to renew them"
            return self._renewal

    def _renew(self, renewal: "Future[None]") -> None:
        try:
            made = self._with_windows(self._source())
        except SigningError as error:
            self._error = str(error)
        except BaseException as error:
            self._error = f"the credential source failed with {type(error).__name__}"
        else:
            self._set = made
        with self._lock:
            self._renewal = None
        renewal.set_result(None)

    def _with_windows(self, given: TemporaryCredentials) -> CurrentSet:
        came_at, came_seconds = self._now(), self._seconds()
        if given.expires_at is None:
            wait_at = given.renew_at and came_at + WAIT_AFTER * (given.renew_at - came_at)
            return CurrentSet(given.credentials, came_at, came_seconds, given.renew_at, wait_at)
        left = given.expires_at - came_at
        if left <= timedelta():
            raise SigningError("the credential source gave credentials that have expired: look at the clock")
        renew_at = given.expires_at - min(left * RENEW_BEFORE, AT_MOST_RENEW_BEFORE) * (1 - self._jitter() / 4)
        wait_at = given.expires_at - min(left * WAIT_BEFORE, AT_MOST_WAIT_BEFORE)
        return CurrentSet(given.credentials, came_at, came_seconds, renew_at, wait_at, given.expires_at)
