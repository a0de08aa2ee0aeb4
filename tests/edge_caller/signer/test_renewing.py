"""RenewingCredentials: renewed before their end, once for all who wait. The clock is the test's."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from edge_caller.signer import renewing
from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import RenewingCredentials, TemporaryCredentials
from edge_caller.signer.sigv4 import Credentials

pytestmark = pytest.mark.anyio

START = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
LIFETIME = timedelta(hours=1)
EXPIRED = {"x-amzn-errortype": "ExpiredTokenException"}
Ask = Callable[[RenewingCredentials], Coroutine[Any, Any, Credentials]]


class Sts:
    """A source: each set lives an hour and is numbered. It can be down, and be held by a gate."""

    def __init__(self) -> None:
        self.passed = timedelta()
        self.set_back = self.slept = timedelta()
        self.calls = 0
        self.is_down = False
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()

    def __call__(self) -> TemporaryCredentials:
        self.calls += 1
        self.arrived.set()
        assert self.gate.wait(10)
        if self.is_down:
            raise SigningError("STS can't be reached (ConnectError): check the network")
        credentials = Credentials(f"ASIA{self.calls:016}", "secret", "token")
        return TemporaryCredentials(credentials, self.clock() + LIFETIME)

    def after(self, **time: float) -> None:
        self.passed += timedelta(**time)

    def clock(self) -> datetime:
        return START + self.passed + self.slept - self.set_back

    def seconds(self) -> float:
        return self.passed.total_seconds() + 1000


@pytest.fixture
def sts() -> Iterator[Sts]:
    one = Sts()
    yield one
    one.gate.set()


@pytest.fixture
def credentials(sts: Sts) -> RenewingCredentials:
    return RenewingCredentials(sts, now=sts.clock, seconds=sts.seconds, jitter=lambda: 0.0)


async def by_task(credentials: RenewingCredentials) -> Credentials:
    return await credentials.current()


async def by_thread(credentials: RenewingCredentials) -> Credentials:
    return await asyncio.to_thread(credentials)


both = pytest.mark.parametrize("ask", [by_task, by_thread])


async def renewed(credentials: RenewingCredentials) -> None:
    """Waits until no renewal is under way."""
    while (renewal := credentials._renewal) is not None:
        await asyncio.wrap_future(renewal)


def number(credentials: Credentials) -> int:
    return int(credentials.access_key_id.removeprefix("ASIA"))


@both
async def test_asks_once_and_keeps_what_it_got(sts: Sts, credentials: RenewingCredentials, ask: Ask) -> None:
    assert sts.calls == 0
    assert [number(await ask(credentials)) for _ in range(3)] == [1, 1, 1]
    sts.after(minutes=44)
    assert number(await ask(credentials)) == 1
    assert sts.calls == 1
    assert credentials.expires_at == START + LIFETIME


@both
async def test_in_the_first_window_all_go_on_with_the_old_set(
    sts: Sts, credentials: RenewingCredentials, ask: Ask
) -> None:
    await ask(credentials)
    sts.after(minutes=45)
    sts.gate.clear()
    assert [number(await ask(credentials)) for _ in range(20)] == [1] * 20
    sts.gate.set()
    await renewed(credentials)
    assert number(await ask(credentials)) == 2
    assert sts.calls == 2


@both
async def test_close_to_the_end_all_wait_for_one_renewal(sts: Sts, credentials: RenewingCredentials, ask: Ask) -> None:
    await ask(credentials)
    sts.after(minutes=59, seconds=30)
    sts.gate.clear()
    sts.arrived.clear()
    waiting = [asyncio.create_task(ask(credentials)) for _ in range(10)]
    assert await asyncio.to_thread(sts.arrived.wait, 10)
    assert not any(task.done() for task in waiting)
    sts.gate.set()
    assert {number(found) for found in await asyncio.gather(*waiting)} == {2}
    assert sts.calls == 2


async def test_a_thousand_calls_across_the_end_ask_once_and_none_fails(
    sts: Sts, credentials: RenewingCredentials
) -> None:
    await credentials.current()
    sts.after(hours=1)
    async with httpx.AsyncClient(transport=httpx.MockTransport(ok), auth=auth(credentials, sts)) as client:
        answers = await asyncio.gather(*(client.get("https://edge.example/") for _ in range(1000)))
    assert {answer.status_code for answer in answers} == {200}
    assert sts.calls == 2


@both
async def test_while_the_source_is_down_the_old_set_is_used_until_its_end(
    sts: Sts, credentials: RenewingCredentials, ask: Ask
) -> None:
    await ask(credentials)
    sts.after(minutes=59)
    sts.is_down = True
    for _ in range(59):
        assert number(await ask(credentials)) == 1
        await renewed(credentials)
        sts.after(seconds=1)
    assert sts.calls <= 61


@both
async def test_after_the_end_each_call_fails_at_once_with_one_try_a_second(
    sts: Sts, credentials: RenewingCredentials, ask: Ask
) -> None:
    await ask(credentials)
    sts.after(hours=1)
    sts.is_down = True
    for second in range(1, 6):
        for _ in range(50):
            with pytest.raises(SigningError, match=r"no valid credentials: STS can't be reached \(ConnectError\)"):
                await ask(credentials)
        assert sts.calls == 1 + second
        sts.after(seconds=1)
    sts.is_down = False
    assert number(await ask(credentials)) == 7


async def test_one_who_stops_waiting_stops_no_renewal(sts: Sts, credentials: RenewingCredentials) -> None:
    sts.gate.clear()
    impatient, patient = (asyncio.create_task(credentials.current()) for _ in range(2))
    assert await asyncio.to_thread(sts.arrived.wait, 10)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    sts.gate.set()
    assert number(await patient) == 1
    assert sts.calls == 1


@both
async def test_waits_for_a_source_that_hangs_no_longer_than_the_limit(
    monkeypatch: pytest.MonkeyPatch, sts: Sts, credentials: RenewingCredentials, ask: Ask
) -> None:
    monkeypatch.setattr(renewing, "WAIT_SECONDS", 0.01)
    sts.gate.clear()
    with pytest.raises(SigningError, match="no valid credentials: no credentials came yet"):
        await ask(credentials)


async def test_no_thread_stays(sts: Sts, credentials: RenewingCredentials) -> None:
    await credentials.current()
    await renewed(credentials)
    for thread in threading.enumerate():
        if thread.name == "credentials":
            thread.join(5)
    assert "credentials" not in {thread.name for thread in threading.enumerate()}


async def test_credentials_that_have_expired_already_are_no_credentials(sts: Sts) -> None:
    late = RenewingCredentials(sts, now=lambda: START + 2 * LIFETIME)
    with pytest.raises(SigningError, match="gave credentials that have expired: look at the clock"):
        await late.current()


async def test_an_error_of_a_source_of_ones_own_is_told_without_its_text() -> None:
    def broken() -> TemporaryCredentials:
        raise RuntimeError("the secret is hush")

    with pytest.raises(SigningError, match=r"^there are no valid credentials: .* RuntimeError$") as raised:
        await RenewingCredentials(broken).current()
    assert "hush" not in repr([raised.value, raised.value.__cause__, RenewingCredentials(broken)])


def test_a_source_that_ends_the_program_ends_the_renewal_alone() -> None:
    def ends() -> TemporaryCredentials:
        raise SystemExit

    credentials = RenewingCredentials(ends, seconds=iter(range(0, 1000, 10)).__next__)
    for _ in range(2):
        with pytest.raises(SigningError, match="the credential source failed with SystemExit"):
            credentials()


def test_a_thread_that_can_not_be_started_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, sts: Sts, credentials: RenewingCredentials
) -> None:
    def refuses(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr("threading.Thread.start", refuses)
        with pytest.raises(SigningError, match="no thread could be started to renew them"):
            credentials()
    sts.after(seconds=1)
    assert number(credentials()) == 1


@both
async def test_a_clock_set_back_keeps_no_expired_set_alive(
    sts: Sts, credentials: RenewingCredentials, ask: Ask
) -> None:
    """The time since the set came counts, too."""
    await ask(credentials)
    sts.after(hours=1)
    sts.set_back = timedelta(hours=5)
    sts.is_down = True
    with pytest.raises(SigningError, match="no valid credentials"):
        await ask(credentials)


@both
async def test_a_clock_set_back_puts_no_renewal_off(sts: Sts, credentials: RenewingCredentials, ask: Ask) -> None:
    await ask(credentials)
    sts.after(minutes=45)
    sts.set_back = timedelta(hours=5)
    await ask(credentials)
    await renewed(credentials)
    assert sts.calls == 2


@both
async def test_a_time_that_only_the_clock_has_counted_counts(
    sts: Sts, credentials: RenewingCredentials, ask: Ask
) -> None:
    """A machine that slept: the seconds since its start stood still."""
    await ask(credentials)
    sts.after(seconds=1)
    sts.slept = timedelta(hours=1)
    assert number(await ask(credentials)) == 2


@pytest.fixture
def without_end(sts: Sts) -> RenewingCredentials:
    """Their source wants to be asked again after two seconds."""

    def reading() -> TemporaryCredentials:
        return TemporaryCredentials(sts().credentials, renew_at=sts.clock() + timedelta(seconds=2))

    return RenewingCredentials(reading, now=sts.clock, seconds=sts.seconds)


@both
async def test_those_without_an_end_are_asked_for_again_when_their_source_says(
    sts: Sts, without_end: RenewingCredentials, ask: Ask
) -> None:
    assert [number(await ask(without_end)) for _ in range(3)] == [1, 1, 1]
    sts.after(seconds=2)
    sts.gate.clear()
    assert [number(await ask(without_end)) for _ in range(3)] == [1, 1, 1]
    sts.gate.set()
    await renewed(without_end)
    assert number(await ask(without_end)) == 2


@both
async def test_those_that_nobody_asked_for_in_a_while_are_asked_for_first(
    sts: Sts, without_end: RenewingCredentials, ask: Ask
) -> None:
    """The first call after a pause must not go out with a key that was replaced in it."""
    await ask(without_end)
    sts.after(hours=1)
    assert number(await ask(without_end)) == 2


@both
async def test_those_without_an_end_stay_while_their_source_is_down(
    sts: Sts, without_end: RenewingCredentials, ask: Ask
) -> None:
    await ask(without_end)
    sts.is_down = True
    for hours in (1, 2, 3):
        sts.after(hours=hours)
        assert number(await ask(without_end)) == 1


def test_credentials_without_an_end_are_kept() -> None:
    calls: list[int] = []

    def static() -> TemporaryCredentials:
        calls.append(1)
        return TemporaryCredentials(Credentials("AKIALOCAL00000000001", "secret"))

    credentials = RenewingCredentials(static, now=lambda: START)
    assert credentials() == credentials()
    assert len(calls) == 1


# After ExpiredTokenException


def ok(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


def auth(credentials: RenewingCredentials, sts: Sts) -> SigV4Auth:
    return SigV4Auth(credentials, region="ap-northeast-1", now=sts.clock)


class Aws:
    """Answers 403 to the sets up to `expired`."""

    def __init__(self, expired: int) -> None:
        self.expired = expired
        self.seen: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        key = int(request.headers["authorization"].partition("ASIA")[2].partition("/")[0])
        self.seen.append(key)
        return httpx.Response(403, headers=EXPIRED) if key <= self.expired else httpx.Response(200)


def sent_by_a_thread(transport: httpx.MockTransport, signs: SigV4Auth) -> int:
    with httpx.Client(transport=transport, auth=signs) as client:
        return client.post("https://edge.example/", content=b"order=42").status_code


async def sent(by: str, credentials: RenewingCredentials, sts: Sts, aws: Aws) -> int:
    transport = httpx.MockTransport(aws)
    if by == "sync":
        return await asyncio.to_thread(sent_by_a_thread, transport, auth(credentials, sts))
    async with httpx.AsyncClient(transport=transport, auth=auth(credentials, sts)) as other:
        return (await other.post("https://edge.example/", content=b"order=42")).status_code


clients = pytest.mark.parametrize("by", ["sync", "async"])


@clients
async def test_asks_for_others_when_aws_says_that_they_have_expired(
    by: str, sts: Sts, credentials: RenewingCredentials
) -> None:
    credentials()
    sts.after(minutes=1)
    aws = Aws(expired=1)
    assert await sent(by, credentials, sts, aws) == 200
    assert aws.seen == [1, 2]


@clients
@pytest.mark.parametrize("seconds", [0, 0.5, 0.999])
async def test_asks_for_others_also_where_the_last_came_just_now(
    by: str, sts: Sts, credentials: RenewingCredentials, seconds: float
) -> None:
    credentials()
    sts.after(seconds=seconds)
    assert await sent(by, credentials, sts, Aws(expired=1)) == 200


@clients
async def test_sets_that_are_all_rejected_are_asked_for_once_a_second(
    by: str, sts: Sts, credentials: RenewingCredentials
) -> None:
    """AWS's answer goes to the client."""
    aws = Aws(expired=99)
    for second in range(1, 4):
        for _ in range(10):
            assert await sent(by, credentials, sts, aws) == 403
        assert sts.calls == 1 + second
        sts.after(seconds=1)


@clients
async def test_tries_once_more_and_not_for_ever(by: str, sts: Sts, credentials: RenewingCredentials) -> None:
    credentials()
    sts.after(minutes=1)
    aws = Aws(expired=99)
    assert await sent(by, credentials, sts, aws) == 403
    assert aws.seen == [1, 2]
    assert sts.calls == 2


def test_a_rejected_key_that_is_not_the_current_one_drops_nothing(sts: Sts, credentials: RenewingCredentials) -> None:
    old = credentials()
    sts.after(hours=1)
    new = credentials()
    credentials.reject(old)
    assert credentials() == new
    assert sts.calls == 2
