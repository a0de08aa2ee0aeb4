"""What a request shows without a recomputed signature: facts, what is likely, and what AWS may refuse besides."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from local_aws.iam.claim import ISO_8601, Claim, is_iso_8601
from local_aws.iam.mistakes.mistake import Case
from local_aws.reasons import Finding
from local_aws.received import ReceivedRequest, text_of

REWRITTEN_BY_AWS = frozenset(
    [
        "connection",
        "expect",
        "keep-alive",
        "proxy-connection",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    ]
)
REMOVED_BY_AWS = "te"  # a signature over it is refused at a Function URL, as reported in 2026
FRAGILE = REWRITTEN_BY_AWS | {
    REMOVED_BY_AWS,
    "accept-encoding",
    "cf-connecting-ip",
    "cf-ray",
    "cdn-loop",
    "content-length",
    "traceparent",
    "tracestate",
    "user-agent",
    "via",
    "x-forwarded-host",
    "x-real-ip",
}
"""Headers that clients, proxies or AWS's front add, drop or change."""
SIGNATURE_DIGITS = 64
HALF_HOUR = 1800
MAX_ZONE_SECONDS = 14 * 3600
TOLERANCE_SECONDS = 120

has_stray_bytes = re.compile(r"[\udc80-\udcff]").search
is_function_url = re.compile(r".+\.lambda-url\.[a-z0-9-]+\.on\.aws(:\d+)?|.*\.amazonaws\.com").fullmatch


def facts(request: ReceivedRequest, claim: Claim) -> tuple[Finding, ...]:
    """Why AWS refuses the request, whatever its signature is.

    UNVERIFIED (signed-header-of-other-bytes): what AWS makes of a signed header that isn't UTF-8.
    """
    return (*body_facts(request), *header_facts(request, claim))


def body_facts(request: ReceivedRequest) -> tuple[Finding, ...]:
    announced = request.header("x-amz-content-sha256")
    if announced == "UNSIGNED-PAYLOAD":
        return (Finding("payload_unsigned", True),)
    differs = announced is not None and announced != request.payload_hash
    return (Finding("body_hash_differs", True),) if differs else ()


def header_facts(request: ReceivedRequest, claim: Claim) -> tuple[Finding, ...]:
    found = []
    for name in claim.signed_headers:
        if name == REMOVED_BY_AWS and request.values(name):
            found.append(Finding("te_signed", True))
        elif has_stray_bytes("".join(request.values(name))):
            found.append(Finding("signed_header_not_utf8", True, {"name": name}))
    return tuple(found)


def suspicions(case: Case) -> tuple[Finding, ...]:
    """At least one finding: the facts, else what is likely, else the general one."""
    found = list(facts(case.request, case.claim))
    missing = [name for name in case.claim.signed_headers if not case.request.values(name)]
    found += [Finding("signed_header_missing", True, {"name": name}) for name in missing]
    length = len(case.claim.signature)
    if length != SIGNATURE_DIGITS:
        found.append(Finding("signature_length", False, {"came": str(length)}))
    fragile = [name for name in case.claim.signed_headers if name in FRAGILE]
    if fragile and not found:
        found.append(Finding("fragile_header_signed", False, {"name": ", ".join(fragile)}))
    return tuple(found) or (unknown_mistake(case),)


def unknown_mistake(case: Case) -> Finding:
    whose = f" of {case.caller.name}" if case.caller else ""
    return Finding("unknown_mistake", True, {"whose": whose, "headers": ", ".join(case.claim.signed_headers)})


def clock_findings(claim: Claim, now: datetime) -> list[Finding]:
    """The request is too old or not yet current; whole hours off, local time was signed as UTC."""
    code = "not_yet_current" if claim.date > now else "presigned_expired" if claim.expires_seconds else "expired"
    details = {"signed": claim.amz_date, "came": now.strftime(ISO_8601)}
    findings = [Finding(code, True, details)]
    seconds = (claim.date - now).total_seconds()
    half_hours = round(seconds / HALF_HOUR)
    off = abs(seconds - half_hours * HALF_HOUR)
    if (
        claim.expires_seconds is None
        and abs(half_hours) > 1
        and abs(seconds) <= MAX_ZONE_SECONDS
        and off <= TOLERANCE_SECONDS
    ):
        offset = f"{'+' if half_hours > 0 else '-'}{abs(half_hours) // 2}:{abs(half_hours) % 2 * 30:02}"
        findings.append(Finding("local_time", False, details | {"offset": offset}))
    return findings


def scope_findings(request: ReceivedRequest, wrong: list[Finding], expected_region: str) -> list[Finding]:
    """A client that was pointed at 127.0.0.1 takes region and service from the host, where AWS's names aren't."""
    codes = {finding.code: finding.details for finding in wrong}
    host = request.header("host") or ""
    region, service = codes.get("scope_region"), codes.get("scope_service")
    if region and service and region["came"] == service["expected"] and service["came"] == region["expected"]:
        return [Finding("scope_swapped", True, {"region": region["expected"], "service": service["expected"]})]
    guessed = (region is None or region["came"] in ("", "us-east-1")) and (
        service is None or service["came"] in ("", host.partition(":")[0], host.partition(".")[0])
    )
    if wrong and guessed and service and not is_function_url(host):
        details = {"host": host, "region": expected_region, "service": service["expected"]}
        return [*wrong, Finding("scope_guessed_from_host", False, details)]
    return wrong


def warnings(request: ReceivedRequest, claim: Claim) -> tuple[Finding, ...]:
    """Where AWS's guide asks for more than the stand-in does: a warning, no refusal, until a case is confirmed.

    UNVERIFIED (signed-headers-upper-case, signed-headers-not-in-order, signed-header-absent, fragile-header-signed)
    UNVERIFIED (amz-header-not-signed, date-header-alone, parameter-twice)
    """
    return tuple(found for found in possible_warnings(request, claim) if found.details.get("name") != "")


def possible_warnings(request: ReceivedRequest, claim: Claim) -> Iterator[Finding]:
    """Those whose `name` is empty don't apply."""

    def about(code: str, names: Iterable[str]) -> Finding:
        return Finding(code, False, {"name": ", ".join(dict.fromkeys(names))})

    sent, signed = claim.signed_headers_as_sent.split(";"), claim.signed_headers
    yield about("signed_headers_upper_case", (name for name in sent if name != name.lower()))
    yield about("signed_headers_not_in_order", () if list(signed) == sorted(set(signed)) else sent)
    yield about("signed_header_absent", (name for name in signed if not request.values(name)))
    yield about(
        "fragile_header_covered", (name for name in signed if name in REWRITTEN_BY_AWS and request.values(name))
    )
    if claim.expires_seconds is None:
        amz = (name for name, _ in request.headers if name.startswith("x-amz-"))
        yield about("amz_header_not_signed", (name for name in amz if name not in signed))
        date = request.header("x-amz-date")
        yield about("date_of_another_form", () if date and is_iso_8601(date) else ["x-amz-date" if date else "date"])
    else:
        names = [text_of(name) for name, _ in request.parameters()]
        yield about("parameter_twice", (n for n in names if n.startswith("X-Amz-") and names.count(n) > 1))
