"""The log: one line a request, with the reason of a refusal."""

import logging

from local_aws.reasons import line_of
from local_aws.record import Record

log = logging.getLogger("local_aws")


def log_record(record: Record) -> None:
    call = f"{record.method} {record.path}"
    if record.status is None:
        log.info("%s", printable(f"the client disconnected before its {call} was complete"))
        return
    line = f"{record.status} {call}"
    if record.findings:
        error_type = f"{record.error_type}: " if record.error_type else ""
        line += f" - {error_type}{line_of(record.findings)}"
    log.info("%s", printable(line))


def printable(text: str) -> str:
    """One line, whatever a client sent: nothing of it can begin another line of the log."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
