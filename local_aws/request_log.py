"""The log: a line for each request; below it warnings, and what AWS computes where no mistake was found."""

import logging

from local_aws.reasons import line_of, printable
from local_aws.record import Record

log = logging.getLogger("local_aws")


def log_record(record: Record) -> None:
    log.info("%s", text_of(record))


def text_of(record: Record) -> str:
    call = f"{record.method} {record.path}"
    if record.status is None:
        return printable(f"the client disconnected before its {call} was complete")
    line = f"{record.status} {call}"
    if record.findings:
        error_type = f"{record.error_type}: " if record.error_type else ""
        line += f" - {error_type}{line_of(record.findings)}"
    lines = [printable(line)]
    lines += [printable(f"    warning: {line_of((warning,))}") for warning in record.warnings]
    if any(finding.code == "unknown_mistake" for finding in record.findings) and record.canonical_request:
        lines += ["The canonical request that AWS makes:"]
        lines += [f"    {printable(part)}" for part in record.canonical_request.shown.split("\n")]
    return "\n".join(lines)
