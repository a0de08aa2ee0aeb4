"""What each case sends and expects, in words: `make aws-conformance DRY_RUN=1`. It needs no account and no network."""

from collections.abc import Iterator

from conformance.case import Case, Pairs, Request, Sign, policy_files
from conformance.requesting import path_of
from policies.render import POLICIES

ROOT = POLICIES.parent
WHERE = {"function-url": "the Function URL of {}", "invoke": "the Invoke API, for {}", "sts": "STS"}


def explained(case: Case) -> list[str]:
    lines = [
        ("sends", sent(case)),
        ("signed", "not at all" if unsigned(case) else ", ".join(signature(case.sign))),
        *(("then", change) for change in changes(case.sign)),
        ("caller", caller(case)),
        *(("expects", expectation) for expectation in expectations(case)),
        ("known", f"{case.mark}, {case.date}: {case.source}"),
    ]
    return [case.name, f"  {case.says}", *(f"    {name:<8} {text}" for name, text in lines)]


def sent(case: Case) -> str:
    request = case.request
    where = WHERE[case.api].format(request.function)
    content = form(case) if case.api == "sts" else [body(request)]
    parts = [f"{case.method} {path_of(case) or '/'} to {where}", *content, *named(case.headers)]
    return ", ".join(part for part in parts if part)


def form(case: Case) -> list[str]:
    """An unsigned call: its form has a web identity token of an issuer that AWS doesn't know."""
    given, token = case.request.form, case.token
    fields = [f"{name} {value!r}" if value else f"no {name}" for name, value in given.items()]
    marks = [f"{name} {value!r}" for name, value in (*token.header.items(), *token.claims.items())]
    return ["AssumeRoleWithWebIdentity", *fields, *(f"a token with {mark}" for mark in marks)]


def unsigned(case: Case) -> bool:
    return case.api == "sts" or case.sign.how == "none"


def body(request: Request) -> str:
    text = request.returns or request.body
    size = f"a body of {request.body_bytes:,} bytes" if request.body_bytes else ""
    octets = f"the bytes {request.body_hex}" if request.body_hex else ""
    found = size or octets or (f"the body {text!r}" if text else "")
    return f"{found} in chunks" if request.chunked else found


def named(headers: Pairs) -> list[str]:
    return [f"{name}: {value!r}" for name, value in headers]


def signature(sign: Sign) -> Iterator[str]:
    yield "by botocore" if sign.how == "header" else f"by botocore, as a URL for {sign.expires} s"
    if sign.seconds:
        yield f"{abs(sign.seconds)} s {'ago' if sign.seconds < 0 else 'ahead'}"
    if sign.region:
        yield f"for the region {sign.region}"
    if sign.service != "lambda":
        yield f"for the service {sign.service}"
    if sign.key:
        yield "with a key that AWS doesn't know"
    if sign.secret:
        yield "with another secret"
    if sign.token:
        yield "without the session token" if sign.token == "none" else "with another session token"  # noqa: S105
    if sign.body is not None:
        yield "over another body"


def changes(sign: Sign) -> Iterator[str]:
    for old, new in sign.change:
        yield f"{old!r} becomes {new!r}"
    for name in sign.drop:
        yield f"{name} is left out"
    for header in named(sign.add):
        yield f"{header} is added"


def caller(case: Case) -> str:
    if unsigned(case):
        return "nobody"
    path = policy_files()[case.policy].relative_to(ROOT)
    return f"the user, with {path}" if case.caller == "user" else f"the role, with the session policy {path}"


def expectations(case: Case) -> Iterator[str]:
    """An expected text that begins with ~ is a pattern."""
    expect = case.expect
    yield expect.answer
    if expect.body is not None:
        yield f"the body {expect.body}"
    for name, value in expect.headers.items():
        yield f"{name}: {value}"
    for name in expect.no_headers:
        yield f"no {name}"
    for path, value in expect.event.items():
        yield f"event {path or 'whole'} = {value}"
    for path in expect.no_event:
        yield f"no event {path}"
