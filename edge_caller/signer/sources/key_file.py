"""KeyFile: an access key in a file that somebody replaces, such as `.dev.vars`.

    RenewingCredentials(KeyFile("key.json", key_in))

While requests are signed, the file is read again every two seconds. A new key counts once two readings agree, so that
half of one is never used. While the file is missing or malformed, the old key is used.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from edge_caller.signer.clock import utc_now
from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import TemporaryCredentials
from edge_caller.signer.sigv4 import Credentials

READ_AGAIN = timedelta(seconds=2)
MAX_BYTES = 65_536

Reading = Credentials | str
"""The key, or why there is none."""


class KeyFile:
    """`parse` makes Credentials of the file's text, or raises SigningError. `say` gets one sentence for each change."""

    def __init__(
        self,
        path: str | Path,
        parse: Callable[[str], Credentials],
        *,
        say: Callable[[str], object] = lambda sentence: None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._path, self._parse, self._say, self._now = Path(path), parse, say, now
        self._parsed = lru_cache(maxsize=1)(self._parsed_once)
        self._key: Credentials | None = None
        self._reading: Reading | None = None
        self._settled: Reading | None = None

    def __call__(self) -> TemporaryCredentials:
        before, self._reading = self._reading, self._read()
        if self._key is None:
            if isinstance(self._reading, str):
                raise SigningError(self._reading)
            self._key = self._settled = self._reading
        elif self._reading == before != self._settled:
            self._settle(self._reading)
        return TemporaryCredentials(self._key, renew_at=self._now() + READ_AGAIN)

    def _settle(self, reading: Reading) -> None:
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
