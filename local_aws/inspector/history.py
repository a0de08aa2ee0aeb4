"""The last requests, in memory: 200 of them and 32 MiB in all, the newest first. Readers wait here for more."""

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count

from local_aws.inspector.kept import Kept, kept_of, kept_of_sts
from local_aws.record import Record

log = logging.getLogger("local_aws")

MAX_REQUESTS = 200
MAX_BYTES = 33_554_432
MAX_THOROUGH = 10
SETTLE_SECONDS = 0.05
MAX_RECORDS = 20
"""Whole requests that wait for it."""


class History:
    """`observe` is an observer of the stand-in. `hosts` are those that a request may have been signed for.

    A request's version grows when more is found out about it.
    """

    def __init__(self, hosts: tuple[str, ...] = ()) -> None:
        self._hosts = hosts
        self._kept: dict[str, tuple[int, Kept]] = {}
        self._versions = count(1)
        self._bytes = 0
        self._records: deque[Record] = deque()
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "thorough")
        self._waiting = 0
        self.closed = False

    def observe(self, record: Record) -> None:
        """Takes the record, and looks at it when the answer is long gone: the request's way gets no longer."""
        self._records.append(record)
        if len(self._records) == 1:
            asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._settle)
        elif len(self._records) == MAX_RECORDS:
            asyncio.get_running_loop().call_soon(self._settle)

    def observe_sts(self, record: Record) -> None:
        """An observer of STS."""
        self.put(kept_of_sts(record))

    def _settle(self) -> None:
        while self._records:
            record = self._records.popleft()
            try:
                self._keep(record)
            except Exception:  # a fault of the page's: the stand-in goes on
                log.exception("the inspector can't show the request %s", record.request_id)

    def _keep(self, record: Record) -> None:
        kept = kept_of(record, self._hosts)
        self.put(kept)
        if kept.is_unexplained and self._waiting < MAX_THOROUGH:
            self._waiting += 1
            loop = asyncio.get_running_loop()
            loop.run_in_executor(self._thread, partial(kept_of, record, self._hosts, thorough=True)).add_done_callback(
                self._found
            )

    def _found(self, future: "asyncio.Future[Kept]") -> None:
        self._waiting -= 1
        kept = future.result()
        if kept.request_id in self._kept and kept.findings != self._kept[kept.request_id][1].findings:
            self.put(kept)

    def put(self, kept: Kept) -> None:
        _, before = self._kept.get(kept.request_id, (0, None))
        self._bytes += kept.size - (before.size if before else 0)
        self._kept[kept.request_id] = next(self._versions), kept
        while len(self._kept) > MAX_REQUESTS or self._bytes > MAX_BYTES:
            _, oldest = self._kept.pop(next(iter(self._kept)))
            self._bytes -= oldest.size
        self._wake()

    def get(self, request_id: str) -> Kept | None:
        self._settle()
        return self._kept.get(request_id, (0, None))[1]

    def newest(self) -> list[Kept]:
        self._settle()
        return [kept for _, kept in reversed(self._kept.values())]

    @property
    def version(self) -> int:
        return max((version for version, _ in self._kept.values()), default=0)

    def newer(self, than: int) -> list[tuple[int, Kept]]:
        """In the order in which they came to be known."""
        return sorted(((version, kept) for version, kept in self._kept.values() if version > than), key=lambda v: v[0])

    async def wait(self, seconds: float) -> None:
        """Until something changed, at most that long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    def close(self) -> None:
        """Ends all waiting: the process stops."""
        self.closed = True
        self._wake()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
