"""The cases: what the project claims about AWS, one entry a claim, from the files of cases/.

A case has a request, or the mistake in it, and what is expected: the response, and what the function gets as its event.
Texts may hold $host, $region, $account, $arn, $arn_encoded, $name, $url_id, $key and $token. An expected text that
begins with ~ is a pattern for the whole; what isn't text is compared with it as JSON.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from policies.render import POLICIES

CASES = Path(__file__).parent / "cases"
OWN_POLICIES = Path(__file__).parent / "policies"  # those that nobody should deploy
MARKS = ("documented", "observed", "assumed")
WORDS = {
    "mark": MARKS,
    "api": ("function-url", "invoke", "sts"),
    "caller": ("role", "user", "expired"),
    "function": ("echo", "throttled", "streaming", "unknown"),
    "how": ("header", "query", "none"),
    "key": ("", "unknown"),
}
FORM = "application/x-www-form-urlencoded; charset=utf-8"

Pairs = Sequence[tuple[str, str]]


class CaseError(Exception):
    """A table of cases/ is malformed. The message names the file and the case."""


@dataclass(frozen=True)
class Request:
    """What is sent: a body makes it a POST.

    `returns` is JSON that the function is asked to return. `body_bytes` makes a body of that many x. Header texts go
    as Latin-1. `name` is the function in the path of an Invoke.
    """

    method: str = "GET"
    target: str = "/"
    headers: Pairs = ()
    body: str = ""
    body_hex: str = ""
    body_bytes: int = 0
    returns: str = ""
    chunked: bool = False
    form: Mapping[str, str] = field(default_factory=dict)  # of STS: what differs from the usual one
    function: str = "echo"  # or throttled, streaming, unknown
    name: str = "$name"

    @property
    def payload(self) -> bytes:
        return self.returns.encode() or self.body.encode() or bytes.fromhex(self.body_hex) or b"x" * self.body_bytes


@dataclass(frozen=True)
class Sign:
    """How botocore signs, and what is changed in the signed request. Empty: as the guide asks for."""

    how: str = "header"  # or query (a presigned URL), none
    region: str = ""
    service: str = "lambda"
    key: str = ""
    secret: str = ""
    token: str = ""  # another one; "none": it isn't sent
    seconds: int = 0  # how much later than now it is signed
    expires: int = 300
    body: str | None = None  # what is signed instead of the body
    add: Pairs = ()  # headers that are added after signing
    drop: Sequence[str] = ()  # headers that are removed after signing
    change: Pairs = ()  # in Authorization, or in the presigned target: a text, and what replaces it


@dataclass(frozen=True)
class Token:
    """The web identity token of an STS case. `seconds` are its times, from now on. A forged one has another key."""

    header: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, int] = field(default_factory=lambda: {"iat": 0, "exp": 300})
    without: Sequence[str] = ()
    forged: bool = False


@dataclass(frozen=True)
class Expect:
    """`event` and `no_event` name fields of the event by their path, as requestContext.http.path.

    `reason` and `warning` are the stand-in's own: the codes of what it finds. AWS has no such codes.
    """

    status: int = 200
    error_type: str = ""
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    no_headers: Sequence[str] = ()
    event: Mapping[str, Any] = field(default_factory=dict)
    no_event: Sequence[str] = ()
    reason: str = ""
    warning: str = ""

    @property
    def answer(self) -> str:
        return answer_line(self.status, self.error_type)


@dataclass(frozen=True)
class Case:
    """One claim. `mark` says how well it is known, `source` from where, `date` the month of that."""

    name: str
    says: str
    mark: str
    date: str
    source: str
    api: str = "function-url"
    policy: str = "call-function-url"
    caller: str = "role"  # or user, expired
    says_ja: str = ""  # of an assumed case, for the guide page
    here_only: str = ""  # why it isn't run on an account
    request: Request = field(default_factory=Request)
    sign: Sign = field(default_factory=Sign)
    token: Token = field(default_factory=Token)
    expect: Expect = field(default_factory=Expect)

    @property
    def method(self) -> str:
        return "POST" if self.request.payload or self.api != "function-url" else self.request.method

    @property
    def headers(self) -> Pairs:
        """Those that are signed besides Host and those of the signature."""
        content_type = FORM if self.api == "sts" else "application/json" if self.request.returns else ""
        return (*self.request.headers, ("content-type", content_type)) if content_type else self.request.headers

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        """Raises TypeError for an unknown key, ValueError for an unknown word."""
        parts = {
            "request": Request(**table.get("request", {})),
            "sign": Sign(**table.get("sign", {})),
            "token": Token(**table.get("token", {})),
            "expect": Expect(**table.get("expect", {})),
        }
        case = cls(**{**table, **parts})
        for part in (case, case.request, case.sign):
            for name in WORDS.keys() & vars(part).keys():
                if getattr(part, name) not in WORDS[name]:
                    raise ValueError(f"{name} is one of {', '.join(WORDS[name])}")
        return case


def answer_line(status: int, error_type: str) -> str:
    return f"{status} {error_type}".strip()


def read_cases(folder: Path = CASES) -> dict[str, Case]:
    """The cases by name, in the order of the files. Raises CaseError."""
    cases: dict[str, Case] = {}
    for path in sorted(folder.glob("*.toml")):
        for table in tomllib.loads(path.read_text("utf-8"))["case"]:
            name = table.get("name", "?")
            try:
                case = Case.from_table(table)
            except (TypeError, ValueError) as error:
                raise CaseError(f"{path.name}: [{name}] {error}") from error
            if name in cases:
                raise CaseError(f"{path.name}: [{name}] is the name of another case")
            cases[name] = case
    return cases


def policy_files() -> dict[str, Path]:
    """The policies of the cases by name, with the tokens that `policies.render` fills in."""
    found = [*POLICIES.glob("*.json"), *OWN_POLICIES.glob("*.json")]
    return {path.stem: path for path in sorted(found) if not path.stem.startswith("trust-")}
