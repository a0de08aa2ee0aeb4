"""What the inspector keeps of a request: texts to show, made once, with everything secret replaced.

No session token, secret access key or cookie is in it, and a signature is its first eight digits.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from local_aws.iam.canonical import CanonicalRequest
from local_aws.iam.decision import Decision
from local_aws.iam.diagnosis import diagnose
from local_aws.inspector.cleaning import Clean, cleaning
from local_aws.inspector.comparison import Signing, signing_of
from local_aws.reasons import Finding
from local_aws.received import text_of
from local_aws.record import Gate, Record, State, StreamTimes
from local_aws.refusals import MISMATCH

MAX_BODY_BYTES = 65_536
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Kept:
    request_id: str
    time: datetime
    method: str
    target: str
    gates: tuple[tuple[Gate, State], ...]
    status: int | None
    error_type: str
    answer_headers: Headers = field(repr=False)
    answer_body: str = field(repr=False)
    message: str | None
    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...] = ()
    headers: Headers = field(default=(), repr=False)
    body: str = field(default="", repr=False)
    body_bytes: int = 0
    body_is_text: bool = True
    caller: str = ""
    signing: Signing | None = None
    decisions: tuple[Decision, ...] = field(default=(), repr=False)
    event: str = field(default="", repr=False)
    result: str = field(default="", repr=False)
    seconds: float = 0.0
    stream: StreamTimes | None = None

    @property
    def failed_at(self) -> Gate | None:
        return next((gate for gate, state in self.gates if state is State.FAILED), None)

    @property
    def is_for_sts(self) -> bool:
        """A call of STS is in no gate: its token is the proof, and no part of the call is kept."""
        return not self.gates

    @property
    def is_refused(self) -> bool:
        return self.status != 200 if self.is_for_sts else self.failed_at is not None

    @property
    def is_unsigned(self) -> bool:
        return self.failed_at is Gate.CLAIM and self.error_type != "IncompleteSignatureException"

    @property
    def is_unexplained(self) -> bool:
        """Whether no mistake that was tried gives this signature."""
        return self.message == MISMATCH and not any(map(explains, self.findings))

    @property
    def body_is_whole(self) -> bool:
        return self.body_is_text and self.body_bytes <= MAX_BODY_BYTES

    @property
    def size(self) -> int:
        """About as many bytes as it takes in memory."""
        headers = sum(len(name) + len(value) for name, value in (*self.headers, *self.answer_headers))
        texts = (self.target, self.body, self.answer_body, self.event, self.result)
        canonical = sum(len(c.text) for s in [self.signing] if s for c in (s.came, s.signed) if c)
        return 2048 + headers + canonical + sum(map(len, texts))


def kept_of(record: Record, hosts: tuple[str, ...] = (), *, thorough: bool = False) -> Kept:
    """The record without its secrets. `thorough` tries every mistake: with a body of 1 KiB, up to three seconds."""
    request, clean = record.request, cleaning(record)
    findings, signed = explanation(record, hosts, thorough)
    body, is_text = body_text(request.body if request else b"")
    return Kept(
        request_id=record.request_id,
        time=record.time,
        method=record.method,
        target=clean(record.target),
        gates=record.gates(),
        status=record.status,
        error_type=record.error_type,
        answer_headers=tuple((name.decode("latin-1"), clean(text_of(value))) for name, value in record.headers),
        answer_body=clean(body_text(record.body)[0]),
        message=record.message,
        findings=tuple(cleaned(finding, clean) for finding in findings),
        warnings=tuple(cleaned(finding, clean) for finding in record.warnings),
        headers=tuple((name, clean(text_of(value))) for name, value in request.headers) if request else (),
        body=clean(body),
        body_bytes=len(request.body) if request else 0,
        body_is_text=is_text,
        caller=record.claimed_caller.name if record.claimed_caller else "",
        signing=signing_of(record, signed, clean),
        decisions=tuple(record.decisions),
        event=clean(json_text(record.event)),
        result=clean(json_text(record.answer)),
        seconds=record.seconds,
        stream=replace(record.stream, tail=b"") if record.stream else None,
    )


def kept_of_sts(record: Record) -> Kept:
    """A call of STS: the reason alone, with no token and no key."""
    return Kept(
        request_id=record.request_id,
        time=record.time,
        method=record.method,
        target=record.path,
        gates=(),
        status=record.status,
        error_type=record.error_type,
        answer_headers=(),
        answer_body=record.message or "",
        message=record.message,
        findings=record.findings,
        caller=record.caller.name if record.caller else "",
        seconds=record.seconds,
    )


def explanation(
    record: Record, hosts: tuple[str, ...], thorough: bool
) -> tuple[tuple[Finding, ...], CanonicalRequest | None]:
    """Why it was refused, and the canonical request that was signed, where the signature tells it."""
    caller = record.claimed_caller
    if record.message != MISMATCH or not (record.request and record.claim and caller):
        return record.findings, None
    others = record.callers.values()
    diagnosis = diagnose(
        record.request, record.claim, caller, region=record.region, others=others, hosts=hosts, thorough=thorough
    )
    found = diagnosis.findings if diagnosis.signed and not any(map(explains, record.findings)) else record.findings
    return found, diagnosis.signed


def explains(finding: Finding) -> bool:
    return finding.proved and finding.code != "unknown_mistake"


def cleaned(finding: Finding, clean: Clean) -> Finding:
    return replace(finding, details={name: clean(value) for name, value in finding.details.items()})


def body_text(body: bytes) -> tuple[str, bool]:
    """The first 64 KiB as text; of bytes that aren't text, the hexadecimal digits of the first ones."""
    try:
        body.decode()
    except ValueError:
        return body[:256].hex(" "), False
    return body[:MAX_BODY_BYTES].decode("utf-8", "ignore"), True


def json_text(value: Any) -> str:
    """An event or an answer with its body shortened. Empty for none."""
    if value is None:
        return ""
    if isinstance(value, dict) and isinstance(body := value.get("body"), str) and len(body) > MAX_BODY_BYTES:
        value = value | {"body": body[:MAX_BODY_BYTES] + "..."}
    return json.dumps(value, indent=2, ensure_ascii=False)[: 2 * MAX_BODY_BYTES]
