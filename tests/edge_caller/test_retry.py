"""When a request is sent again, when it isn't, and how long the transport waits in between."""

import asyncio
import json
from datetime import UTC, datetime

import httpx
import pytest

from edge_caller.retry import FIRST_DELAY_SECONDS, IDEMPOTENT_METHODS, TRANSIENT_STATUSES, RetryTransport
from tests.edge_caller.asgi import Body, Upstream
from tests.edge_caller.wire import edge_before, exchange, head

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 23, 7, 0, 0, tzinfo=UTC)
Outcome = httpx.Response | Exception
OK = httpx.Response(200)
REFUSED = httpx.ConnectError("refused")
BROKEN = [httpx.ReadError("reset"), httpx.WriteError("reset")]
TOO_SLOW = [httpx.ReadTimeout("slow"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("slow")]


class Scripted:
    """A transport with a script of outcomes, and the pauses that were made between them."""

    def __init__(self, *outcomes: Outcome, jitter: float = 1.0) -> None:
        script = iter(outcomes)

        def answer(_: httpx.Request) -> httpx.Response:
            outcome = next(script)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        self.pauses: list[float] = []
        self.upstream = Upstream(answer)
        self.transport = RetryTransport(self.upstream, 2, sleep=self._sleep, jitter=lambda: jitter, now=lambda: NOW)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def send(self, method: str = "GET") -> tuple[int, int]:
        """The status, and how often the request was sent."""
        request = httpx.Request(method, "http://function/")
        response = await self.transport.handle_async_request(request)
        assert request.extensions.get("retries", 0) == len(self.upstream.requests) - 1
        return response.status_code, len(self.upstream.requests)


def answering(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("method", [*sorted(IDEMPOTENT_METHODS), "POST", "PATCH", "PROPFIND"])
async def test_sends_again_what_was_refused_before_a_byte_was_sent(method: str) -> None:
    assert await Scripted(REFUSED, OK).send(method) == (200, 2)


@pytest.mark.parametrize("error", BROKEN)
@pytest.mark.parametrize("method", sorted(IDEMPOTENT_METHODS))
async def test_sends_again_on_a_broken_connection_what_is_idempotent(method: str, error: Exception) -> None:
    assert await Scripted(error, OK).send(method) == (200, 2)


@pytest.mark.parametrize("error", BROKEN)
@pytest.mark.parametrize("method", ["POST", "PATCH", "PROPFIND"])
async def test_never_sends_again_what_may_have_reached_the_function(method: str, error: Exception) -> None:
    scripted = Scripted(error, OK)
    with pytest.raises(type(error)):
        await scripted.send(method)
    assert len(scripted.upstream.requests) == 1


@pytest.mark.parametrize("error", TOO_SLOW)
async def test_never_sends_again_what_took_too_long(error: Exception) -> None:
    scripted = Scripted(error, OK)
    with pytest.raises(type(error)):
        await scripted.send()
    assert len(scripted.upstream.requests) == 1


@pytest.mark.parametrize("status", sorted(TRANSIENT_STATUSES))
async def test_sends_again_after_an_answer_that_may_pass(status: int) -> None:
    assert await Scripted(answering(status), OK).send("PUT") == (200, 2)


@pytest.mark.parametrize("status", sorted(TRANSIENT_STATUSES))
async def test_passes_that_answer_back_to_a_post(status: int) -> None:
    assert await Scripted(answering(status), OK).send("POST") == (status, 1)


@pytest.mark.parametrize("status", [200, 304, 400, 403, 404, 500, 501])
async def test_passes_any_other_answer_back(status: int) -> None:
    assert await Scripted(answering(status), OK).send() == (status, 1)


async def test_sends_again_twice_at_most() -> None:
    assert await Scripted(answering(503), REFUSED, answering(503), OK).send() == (503, 3)


async def test_raises_the_last_error_when_none_came_through() -> None:
    scripted = Scripted(REFUSED, REFUSED, httpx.ConnectError("the last"), OK)
    with pytest.raises(httpx.ConnectError, match="the last"):
        await scripted.send()


async def test_gives_back_the_connection_of_an_answer_that_it_drops() -> None:
    body = Body(b"busy")
    await Scripted(httpx.Response(503, stream=body), OK).send()
    assert body.closed


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
async def test_waits_anything_up_to_a_bound_that_doubles(jitter: float) -> None:
    scripted = Scripted(REFUSED, REFUSED, OK, jitter=jitter)
    await scripted.send()
    assert scripted.pauses == [jitter * FIRST_DELAY_SECONDS, jitter * FIRST_DELAY_SECONDS * 2]


@pytest.mark.parametrize("retry_after", ["3", "Mon, 23 Nov 2026 07:00:03 GMT"])
async def test_waits_as_long_as_retry_after_asks(retry_after: str) -> None:
    scripted = Scripted(answering(429, retry_after=retry_after), OK)
    await scripted.send()
    assert scripted.pauses == [3.0]


@pytest.mark.parametrize(
    "retry_after",
    [
        "",
        "soon",
        "-5",
        "1.5",
        "\u0663",
        "Mon, 23 Nov 2026 06:00:00 GMT",
        "Mon, 99",
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
    ],
)
async def test_backs_off_on_its_own_when_retry_after_says_nothing(retry_after: str) -> None:
    scripted = Scripted(httpx.Response(429, headers=[(b"retry-after", retry_after.encode())]), OK)
    await scripted.send()
    assert scripted.pauses == [FIRST_DELAY_SECONDS]


@pytest.mark.parametrize("retry_after", ["6", "9" * 400, "Mon, 23 Nov 2026 08:00:00 GMT"])
async def test_leaves_a_long_wait_to_the_client(retry_after: str) -> None:
    scripted = Scripted(answering(503, retry_after=retry_after), OK)
    assert await scripted.send() == (503, 1)
    assert scripted.pauses == []


@pytest.mark.parametrize(("method", "status", "times"), [("GET", 200, 3), ("POST", 502, 2)])
async def test_a_connection_that_the_function_closes_when_it_is_used_again(
    method: str, status: int, times: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over real sockets: the function answers once on a connection, and then reads a request and closes it."""
    requests: list[bytes] = []

    async def function(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await head(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        requests.append(await head(reader))

    request = f"{method} / HTTP/1.1\r\nHost: edge.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    async with edge_before(function, EDGE_MAX_RETRIES="2") as port:
        await exchange(port, request)
        answer = await exchange(port, request)
    assert (int(answer[9:12]), len(requests)) == (status, times)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["status"], line["retries"]) == (status, times - 2)


async def test_closes_the_transport_that_it_wraps() -> None:
    closed: list[bool] = []

    class Closing(Upstream):
        async def aclose(self) -> None:
            closed.append(True)

    await RetryTransport(Closing(), 2).aclose()
    assert closed == [True]
