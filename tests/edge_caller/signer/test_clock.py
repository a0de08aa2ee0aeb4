"""The clock that SigV4Auth signs by: when a response corrects it, when it doesn't, and which correction is kept."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.clock import CorrectedClock
from tests.edge_caller.signer.clients import CREDENTIALS, NOON, URL, Answer, auth, ok, sent_by

INVALID = {"x-amzn-errortype": "InvalidSignatureException"}


def http_date(date: datetime) -> str:
    return format_datetime(date, usegmt=True)


def signed_at(request: httpx.Request) -> datetime:
    return datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def aws_at(now: datetime) -> Answer:
    """Rejects a signature made more than five minutes away from `now`, as AWS does."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"date": http_date(now)}
        if abs(now - signed_at(request)) <= timedelta(minutes=5):
            return httpx.Response(200, headers=headers)
        return httpx.Response(403, headers=headers | INVALID)

    return answer


def rejection(date: str) -> httpx.Response:
    return httpx.Response(403, headers=INVALID | {"date": date})


def finish(flow: object, response: httpx.Response) -> None:
    """The last response of a flow."""
    with pytest.raises(StopIteration):
        flow.send(response)  # type: ignore[attr-defined]


@pytest.mark.parametrize("minutes", [-60 * 24 * 365, -60, -6, 6, 60, 60 * 24 * 365])
def test_signs_again_by_the_date_of_the_rejection(minutes: int) -> None:
    one = auth(now=NOON + timedelta(minutes=minutes))
    first, second = sent_by(one, httpx.Request("POST", URL, content=iter([b"one", b"two"])), aws_at(NOON))
    assert second.headers["x-amz-date"] == "20261123T120000Z"
    assert second.content == first.content == b"onetwo"
    [third] = sent_by(one, httpx.Request("GET", URL), aws_at(NOON))
    assert third.headers["x-amz-date"] == "20261123T120000Z"


@pytest.mark.anyio
async def test_signs_again_in_an_async_client_without_reading_the_body() -> None:
    answer = aws_at(NOON)

    def unread(request: httpx.Request) -> httpx.Response:
        answered = answer(request)
        return httpx.Response(answered.status_code, headers=answered.headers, stream=UnreadableStream())

    flow = auth(now=NOON + timedelta(hours=1)).async_auth_flow(httpx.Request("GET", URL))
    second = await flow.asend(unread(await anext(flow)))
    assert second.headers["x-amz-date"] == "20261123T120000Z"
    with pytest.raises(StopAsyncIteration):
        await flow.asend(unread(second))


class UnreadableStream(httpx.AsyncByteStream):
    def __aiter__(self) -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")


HOUR_LATER = http_date(NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(400, headers=INVALID | {"date": HOUR_LATER}),
        httpx.Response(403, headers={"date": HOUR_LATER, "x-amzn-errortype": "AccessDeniedException"}),
        httpx.Response(403, headers={"date": HOUR_LATER}),
        httpx.Response(403, headers=INVALID),
        rejection(http_date(NOON + timedelta(minutes=3))),
    ],
    ids=["another status", "another error type", "no error type", "no date", "clock right enough"],
)
def test_sends_once_when_another_time_would_not_help(response: httpx.Response) -> None:
    assert len(sent_by(auth(), httpx.Request("GET", URL), lambda request: response)) == 1


IMPLAUSIBLE = {
    "year 9999": "Fri, 31 Dec 9999 23:59:59 GMT",
    "year 1": "Mon, 01 Jan 0001 00:00:00 GMT",
    "year 0": "Sat, 01 Jan 0000 00:00:00 GMT",
    "year 99999": "Fri, 31 Dec 99999 23:59:59 GMT",
    "huge year": "Mon, 01 Jan 99999999999 00:00:00 GMT",
    "two-digit year": "Mon, 23 Nov 26 13:00:00 GMT",
    "1970": "Thu, 01 Jan 1970 00:00:00 GMT",
    "just over a year later": "Tue, 23 Nov 2027 12:00:01 GMT",
    "just over a year earlier": "Sun, 23 Nov 2025 11:59:59 GMT",
    "no such day": "Mon, 31 Nov 2026 13:00:00 GMT",
    "no such month": "Mon, 23 Nox 2026 13:00:00 GMT",
    "no such hour": "Mon, 23 Nov 2026 25:00:00 GMT",
    "leap second": "Mon, 23 Nov 2026 13:00:60 GMT",
    "offset": "Mon, 23 Nov 2026 13:00:00 +0900",
    "huge offset": "Mon, 23 Nov 2026 13:00:00 +99999999",
    "-0000": "Mon, 23 Nov 2026 13:00:00 -0000",
    "zone": "Mon, 23 Nov 2026 13:00:00 JST",
    "no zone": "Mon, 23 Nov 2026 13:00:00",
    "no seconds": "Mon, 23 Nov 2026 13:00 GMT",
    "no day of the week": "23 Nov 2026 13:00:00 GMT",
    "time alone": "13:00:00 GMT",
    "word": "soon",
    "empty": "",
    "space": " ",
    "Unix time": "1795438800",
    "ISO 8601": "2026-11-23T13:00:00Z",
    "RFC 850": "Monday, 23-Nov-26 13:00:00 GMT",
    "asctime": "Mon Nov 23 13:00:00 2026",
    "line break": "Mon, 23 Nov 2026 13:00:00 GMT\n",
    "Arabic digits": "Mon, 23 Nov 2026 13:\u0660\u0660:00 GMT",
}


@pytest.mark.parametrize("date", IMPLAUSIBLE.values(), ids=IMPLAUSIBLE.keys())
def test_ignores_an_impossible_date(date: str) -> None:
    one = auth()
    response = httpx.Response(403, headers={b"x-amzn-errortype": b"InvalidSignatureException", b"date": date.encode()})
    assert len(sent_by(one, httpx.Request("GET", URL), lambda request: response)) == 1
    [next_request] = sent_by(one, httpx.Request("GET", URL))
    assert next_request.headers["x-amz-date"] == "20261123T120000Z"


def test_ignores_several_dates() -> None:
    response = httpx.Response(403, headers=[*INVALID.items(), ("date", HOUR_LATER), ("date", http_date(NOON))])
    assert len(sent_by(auth(), httpx.Request("GET", URL), lambda request: response)) == 1


@given(
    st.text(max_size=40)
    | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT", fullmatch=True)
)
def test_no_date_raises(date: str) -> None:
    response = httpx.Response(403, headers={b"x-amzn-errortype": b"InvalidSignatureException", b"date": date.encode()})
    better = CorrectedClock(lambda: NOON).better_correction(response, timedelta())
    assert better is None or abs(better) <= timedelta(days=365)


@pytest.mark.parametrize("now", [datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_no_clock_of_ours_raises(now: datetime) -> None:
    assert len(sent_by(auth(now=now), httpx.Request("GET", URL), aws_at(NOON))) == 1


def test_sends_twice_at_most() -> None:
    assert len(sent_by(auth(), httpx.Request("GET", URL), lambda request: rejection(HOUR_LATER))) == 2


# Which correction is kept


def test_corrects_its_clock_again_when_the_machine_sets_its_own() -> None:
    clock = [NOON + timedelta(hours=1)]
    one = SigV4Auth(CREDENTIALS, now=lambda: clock[0])
    assert len(sent_by(one, httpx.Request("GET", URL), aws_at(NOON))) == 2
    clock[0] = NOON
    assert len(sent_by(one, httpx.Request("GET", URL), aws_at(NOON))) == 2
    assert len(sent_by(one, httpx.Request("GET", URL), aws_at(NOON))) == 1


def test_a_false_date_changes_no_later_request() -> None:
    """The Date is an hour off, and so AWS rejects the second signature as well."""
    one = auth()
    assert len(sent_by(one, httpx.Request("GET", URL), lambda request: rejection(HOUR_LATER))) == 2
    [after] = sent_by(one, httpx.Request("GET", URL))
    assert signed_at(after) == NOON


def test_a_false_correction_is_set_right_by_the_next_response() -> None:
    """Something that isn't AWS gives a false Date and accepts any signature."""
    one = auth()
    false = iter([rejection(HOUR_LATER), httpx.Response(200)])
    sent_by(one, httpx.Request("GET", URL), lambda request: next(false))
    assert [signed_at(sent) for sent in sent_by(one, httpx.Request("GET", URL), aws_at(NOON))][-1] == NOON
    assert len(sent_by(one, httpx.Request("GET", URL), aws_at(NOON))) == 1


def test_requests_in_flight_are_each_signed_again() -> None:
    one = auth(now=NOON + timedelta(hours=1))
    flows = [one.auth_flow(httpx.Request("GET", URL)) for _ in range(3)]
    rejections = [aws_at(NOON)(next(flow)) for flow in flows]
    for flow, response in zip(flows, rejections, strict=True):
        again = flow.send(response)
        assert signed_at(again) == NOON
        finish(flow, aws_at(NOON)(again))
    assert len(sent_by(one, httpx.Request("GET", URL), aws_at(NOON))) == 1


@pytest.mark.parametrize("order", ["accepted before the false date", "in between", "accepted last"])
def test_a_false_date_does_not_undo_what_was_accepted_in_flight(order: str) -> None:
    """One response is false, and its sender accepts any signature; another request is accepted with our own time."""
    one = auth()
    deceived, accepted = (one.auth_flow(httpx.Request("GET", URL)) for _ in range(2))
    next(deceived), next(accepted)
    if order == "accepted before the false date":
        finish(accepted, httpx.Response(200))
    deceived.send(rejection(HOUR_LATER))
    if order == "in between":
        finish(accepted, httpx.Response(200))
    finish(deceived, httpx.Response(200))
    if order == "accepted last":
        finish(accepted, httpx.Response(200))
    [after] = sent_by(one, httpx.Request("GET", URL))
    assert signed_at(after) == NOON


def test_a_second_signature_that_got_no_response_changes_nothing() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if signed_at(request) != NOON:
            raise httpx.ConnectError("refused")
        return rejection(HOUR_LATER)

    one = auth()
    with pytest.raises(httpx.ConnectError):
        sent_by(one, httpx.Request("GET", URL), answer)
    [after] = sent_by(one, httpx.Request("GET", URL), ok)
    assert signed_at(after) == NOON


CORRECTED: list[Callable[[httpx.Request], httpx.Response]] = [
    lambda request: httpx.Response(200),
    lambda request: httpx.Response(404),
    lambda request: httpx.Response(403, headers={"x-amzn-errortype": "AccessDeniedException"}),
]


@pytest.mark.parametrize("accepting", CORRECTED, ids=["200", "404 of the app", "not allowed"])
def test_a_correction_is_kept_when_the_signature_was_accepted(accepting: Answer) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return accepting(request) if signed_at(request) == NOON else rejection(http_date(NOON))

    one = auth(now=NOON + timedelta(hours=1))
    assert len(sent_by(one, httpx.Request("GET", URL), answer)) == 2
    assert len(sent_by(one, httpx.Request("GET", URL), answer)) == 1
