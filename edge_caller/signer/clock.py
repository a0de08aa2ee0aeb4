"""The clock that requests are signed by: ours, plus a correction learned from AWS's responses.

A correction is kept once AWS has accepted a signature made with it, so a wrong Date misleads no other request.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

# Lambda accepts a signature for five minutes either way; AWS's SDKs correct their clock from four on.
ALLOWED_SKEW = timedelta(minutes=4)

# A virtual machine may wake weeks late. A clock that is off by more than a year finds no valid TLS certificate.
MAX_CORRECTION = timedelta(days=365)

# The one form in which an HTTP date is sent (RFC 9110, section 5.6.7): Mon, 23 Nov 2026 12:00:00 GMT.
HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")


def utc_now() -> datetime:
    return datetime.now(UTC)


class CorrectedClock:
    """`correction` is the one to sign with; `accepted` counts the responses that accepted a signature."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.correction = timedelta()
        self.accepted = 0

    def time(self, correction: timedelta) -> datetime:
        return self._now() + correction

    def better_correction(self, response: httpx.Response, correction: timedelta) -> timedelta | None:
        """The correction to sign with again, if the response rejects a signature whose time was off by minutes."""
        if not rejects_signature(response):
            return None
        theirs = date_of(response)
        if theirs is None:
            return None
        better = theirs - self._now()
        is_plausible = abs(better) <= MAX_CORRECTION
        return better if is_plausible and abs(better - correction) >= ALLOWED_SKEW else None

    def accept(self, correction: timedelta) -> None:
        """Keeps a correction with which a signature was accepted."""
        self.correction = correction
        self.accepted += 1


def date_of(response: httpx.Response) -> datetime | None:
    """The server's time as its Date header tells it; None without one, or with an impossible one."""
    date = response.headers.get("date", "")
    try:
        return parsedate_to_datetime(date) if HTTP_DATE.fullmatch(date) else None
    except ValueError:  # 31 February, for one
        return None


def rejects_signature(response: httpx.Response) -> bool:
    if response.status_code != 403:
        return False
    error_type: str = response.headers.get("x-amzn-errortype", "")
    return error_type.startswith("InvalidSignatureException")
