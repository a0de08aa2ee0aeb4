"""KeyFile: an access key in a file that somebody replaces, such as `.dev.vars`.

    RenewingCredentials(KeyFile("key.json", key_in))

While requests are signed, the file is read again every two seconds, or before the first request after a pause. A new
key is used once two readings agree, so that half of one never is. While the file is missing or malformed, the old key
stays in use.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from edge_caller.signer.clock import utc_now
from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import TemporaryCredentials
from edge_caller.signer.sigv4 import Credentials
from edge_caller.signer.sources.documents import MAX_BYTES

READ_AGAIN = timedelta(seconds=2)
BETWEEN_READINGS_SECONDS = 0.5
MAX_READINGS = 6  # of a file that keeps changing, before the next time

Reading = Credentials | str
"""The key, or the sentence that says why the file gives none."""


class KeyFile:
    """`parse` makes Credentials of the file's text, or raises SigningError. `say` gets one sentence for each change."""

    def __init__(
        self,
        path: str | Path,
        parse: Callable[[str], Credentials],
        *,
        say: Callable[[str], object] = lambda sentence: None,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.__name__ = str(path)  # by which RenewingCredentials is known
        self._path, self._parse = Path(path), parse
        self._say, self._now, self._sleep = say, now, sleep
        self._parsed = lru_cache(maxsize=1)(self._parsed_once)
        self._key: Credentials | None = None
        self._settled: Reading | None = None

    def __call__(self) -> TemporaryCredentials:
        reading = self._read()
        if self._key is None:
            if isinstance(reading, str):
                raise SigningError(reading)
            self._key = self._settled = reading
        elif reading != self._settled:
            self._settle(reading)
        return TemporaryCredentials(self._key, renew_at=self._now() + READ_AGAIN)

    def _settle(self, reading: Reading) -> None:
        for _ in range(MAX_READINGS):
            self._sleep(BETWEEN_READINGS_SECONDS)
            before, reading = reading, self._read()
            if reading == before:
                break
        else:
            return
        if reading == self._settled:
            return
        self._settled = reading
        if isinstance(reading, str):
            self._say(f"{reading}. The old key is still used")
        elif reading != self._key:
            self._key = reading
            self._say(f"{self._path} has another key, {reading.access_key_id}: it is used from now on")

    def _read(self) -> Reading:
        try:
            with self._path.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
        except OSError as error:
            return f"{self._path} can't be read ({type(error).__name__})"
        if len(text) > MAX_BYTES:
            return f"{self._path} has more than {MAX_BYTES} bytes: a file with one key is expected"
        return self._parsed(text)

    def _parsed_once(self, text: bytes) -> Reading:
        try:
            return self._parse(text.decode())
        except SigningError as error:
            return str(error)
        except Exception as error:
            return f"{self._path} has no key that can be read ({type(error).__name__})"
