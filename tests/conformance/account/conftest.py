"""An account: a fake aws CLI, and the stand-in behind the account's own hosts. Nobody waits."""

import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.account.__main__ import Setting, main
from conformance.account.callers import who
from conformance.account.pace import Pace
from conformance.case import Case, read_cases
from conformance.stand_in import NAMES, StandIn, function_named, stand_in
from conformance.target import Endpoint
from infra import waiting
from running.stopping import SIGNALS
from tests.infra.fake_aws import ACCOUNT, REGION, FakeAws

STACK = "conformance"  # the stand-in's functions are named after it
ARN = f"arn:aws:iam::{ACCOUNT}:user/me"
# Of each kind of caller and target.
FEW = ("signed", "identity-of-a-user", "unsigned", "the-article-of-2024", "invoke", "throttled", "stream")
CASES = read_cases()


@pytest.fixture(scope="package")
def local() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


@pytest.fixture
def aws(tmp_path: Path, local: StandIn, monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """The CLI of an account in which all goes well."""
    for name in [name for name in os.environ if name.startswith("AWS")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("YES", "1")  # agrees to nothing here
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(waiting, "sleep", lambda seconds: None)
    fake = FakeAws(tmp_path)
    user = local.callers["user", "call-function-url"]
    answers: dict[str, Any] = {
        "sts get-caller-identity": [ACCOUNT, ARN],
        "iam list-account-aliases": ["sandbox"],
        "cloudformation deploy": None,
        "cloudformation describe-stacks": [[name, f"https://{function_named(name).domain_name}/"] for name in NAMES],
        "cloudformation describe-stack-events": [["Echo", "Resource limit exceeded"]],
        "cloudformation delete-stack": None,
        "cloudformation wait": None,
        "iam create-access-key": [user.access_key, user.secret_key],
        "iam list-access-keys": [user.access_key],
        "iam delete-access-key": None,
    }
    for command, answer in answers.items():
        fake.answers(command, answer)
    return fake


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    now: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@dataclass
class Ran:
    code: int
    output: str
    file: Path


@dataclass
class Runner:
    """Runs aws-conformance with the digits typed, and keeps where each call went."""

    aws: FakeAws
    local: StandIn
    file: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    clock: Clock = field(default_factory=Clock)
    called: list[tuple[str, Endpoint, float]] = field(default_factory=list)
    typed: str = ACCOUNT[-4:]

    def route(self, endpoint: Endpoint, case: Case) -> Endpoint:
        """To the stand-in, under AWS's host; its STS answers to this machine's names alone."""
        own = self.local.endpoint(case)
        self.called.append((case.name, endpoint, self.clock.now))
        return own if case.api == "sts" else replace(endpoint, address=own.address, port=own.port, tls=False)

    def sessions(self, cases: Iterable[Case]) -> list[Any]:
        """What `sts assume-role` answers, in the order in which it is asked."""
        asked = dict.fromkeys(who(case) for case in cases if case.caller == "role" and not case.here_only)
        callers = [self.local.callers["role", policy] for _, policy, _ in asked]
        return [[c.access_key, c.secret_key, c.token] for c in callers]

    def __call__(self, *words: str, cases: Iterable[str] = FEW, changed: Iterable[Case] = ()) -> Ran:
        chosen = [*(CASES[name] for name in cases), *changed]
        if "sts assume-role" not in self.aws.answered:
            self.aws.answers("sts assume-role", *self.sessions(chosen))
        self.monkeypatch.setattr("builtins.input", lambda question: print(question) or self.typed)
        pace = Pace(self.clock, self.clock.sleep)
        code = main(list(words), Setting(chosen, STACK, self.route, pace, self.file))
        return Ran(code, "".join(self.capsys.readouterr()), self.file)


@pytest.fixture
def run(
    aws: FakeAws, local: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Runner:
    return Runner(aws, local, tmp_path / "conformance.json", monkeypatch, capsys)
