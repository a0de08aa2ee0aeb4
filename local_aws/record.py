"""One record of a request, filled as it goes: what log, header, page, `why-403` and demo read.

`app.py` begins it, the claim, the signature, the permission and the runtime add to it, and `app.py` hands it to the
observers once the answer is known. `record.gates()` gives AWS's five gates in their order with their state. The
canonical request is computed when it is read, not on the request's way.
It holds the request whole, session token and signature too: whoever shows or keeps it leaves those out.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from local_aws.iam.callers import Caller
from local_aws.iam.canonical import CanonicalRequest, canonical_request
from local_aws.iam.claim import Claim
from local_aws.iam.decision import Decision
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest

MAX_TAIL_BYTES = 1024


class Gate(StrEnum):
    """The gates in AWS's order, with the words that everything uses."""

    ARRIVED = "Arrived"
    CLAIM = "Claim"
    SIGNATURE = "Signature"
    PERMISSION = "Permission"
    FUNCTION = "Function"


class State(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not reached"


@dataclass
class StreamTimes:
    """What of a streamed response was sent, and when: in seconds since the request came."""

    piece_count: int = 0
    byte_count: int = 0
    first_seconds: float = 0.0
    last_seconds: float = 0.0
    tail: bytes = field(default=b"", repr=False)
    """The last bytes: they may be the adapter's text instead of the app's."""

    def add(self, piece: bytes, seconds: float) -> None:
        if not self.piece_count:
            self.first_seconds = seconds
        self.last_seconds = seconds
        self.piece_count += 1
        self.byte_count += len(piece)
        self.tail = (self.tail + piece[-MAX_TAIL_BYTES:])[-MAX_TAIL_BYTES:]


@dataclass
class Record:
    """`at` is the gate that the request is at, or ended at. `status` is None until the request is answered."""

    request_id: str
    time: datetime
    method: str
    path: str
    """Decoded, without the query."""

    at: Gate = Gate.ARRIVED
    request: ReceivedRequest | None = field(default=None, repr=False)
    claim: Claim | None = field(default=None, repr=False)
    callers: dict[str, Caller] = field(default_factory=dict, repr=False)
    """All callers by access key ID, as they were when the signature was verified."""
    region: str = ""
    caller: Caller | None = None
    decisions: list[Decision] = field(default_factory=list, repr=False)
    """One for each action that AWS asks for, all of them even where the first isn't allowed."""
    event: Any = field(default=None, repr=False)
    answer: Any = field(default=None, repr=False)
    """What the function returned."""

    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list, repr=False)
    body: bytes = field(default=b"", repr=False)
    """The response, as sent; of a streamed one no body."""
    stream: StreamTimes | None = None
    """Where the response was streamed."""
    error_type: str = ""
    message: str | None = None
    """With `status`: what AWS says, verbatim. None where the answer isn't AWS's, or its message is null."""
    findings: tuple[Finding, ...] = ()
    """Why it isn't a success, and what to change."""
    warnings: tuple[Finding, ...] = ()
    """What AWS may refuse, though the stand-in doesn't."""
    seconds: float = 0.0

    @property
    def target(self) -> str:
        """Path and query as sent. A presigned one holds a signature, and may hold a session token."""
        if self.request is None:
            return self.path
        return self.request.path + ("?" + self.request.query if self.request.query else "")

    @property
    def claimed_caller(self) -> Caller | None:
        """The caller whose access key ID the claim names, whether or not the signature is right."""
        return self.callers.get(self.claim.access_key_id) if self.claim else None

    def gates(self) -> tuple[tuple[Gate, State], ...]:
        gates = list(Gate)
        here = gates.index(self.at)
        states = [State.PASSED] * here + [State.FAILED if self.findings else State.PASSED]
        states += [State.NOT_REACHED] * (len(gates) - len(states))
        return tuple(zip(gates, states, strict=True))

    @cached_property
    def canonical_request(self) -> CanonicalRequest | None:
        """The canonical request that AWS makes of what arrived; None without a claim."""
        return canonical_request(self.request, self.claim) if self.request and self.claim else None
