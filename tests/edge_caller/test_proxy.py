"""What goes out to the function, and what comes back, compared with what came in."""

import contextlib
import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from edge_caller.errors import UpstreamError
from tests.edge_caller.asgi import FUNCTION_URL, Body, RawHeaders, Upstream, ask, edge

pytestmark = pytest.mark.anyio

HOST = httpx.URL(FUNCTION_URL).host
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")


async def sent(target: bytes | str = b"/", **request: object) -> httpx.Request:
    """The request that the function gets."""
    upstream = Upstream()
    answer = await ask(edge(upstream), target, **request)  # type: ignore[arg-type]
    assert answer.status == 200, answer.body
    return upstream.request


async def sent_headers(*headers: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """The headers that the function gets, without those that the edge itself makes."""
    made = {
        b"host",
        b"authorization",
        b"x-amz-date",
        b"content-length",
        b"x-request-id",
        b"x-forwarded-host",
        b"cdn-loop",
    }
    return [(n, v) for n, v in (await sent(headers=headers)).headers.raw if n.lower() not in made]


@pytest.mark.parametrize("method", METHODS)
async def test_passes_on_every_method(method: str) -> None:
    assert (await sent(method=method)).method == method


@pytest.mark.parametrize(
    "target",
    [
        b"/",
        b"/items/42",
        b"/a//b",
        b"//a",
        b"//other.example/a",
        b"/a%2Fb%20c%C3%A9",
        b"/%e3%81%82",
        b"/a;b=c,d:e@f!g$h'i(j)k*l",
        b"/.../..a/.b/c..",
        b"/a?b=1&b=2&c=&d",
        b"/?q=a%20b%26c%3Dd",
        b"/?q=../..&r=/./",
        b"/?url=https://other.example/?x",
        b"/~-._/a|b",
        b"/?" + b"&".join(b"k%d=v" % n for n in range(3000)),
    ],
)
async def test_keeps_every_byte_of_the_target(target: bytes) -> None:
    request = await sent(target)
    assert request.extensions["target"] == target
    assert request.url.host == HOST


async def test_writes_a_plus_in_the_query_as_percent_20() -> None:
    assert (await sent(b"/?q=a+b")).extensions["target"] == b"/?q=a%20b"


async def test_leaves_a_plus_in_the_path() -> None:
    assert (await sent(b"/a+b")).extensions["target"] == b"/a+b"


@pytest.mark.parametrize(
    "path", [b"/.", b"/..", b"/a/./b", b"/a/../b", b"/a/..", b"/%2e", b"/a/%2e%2e/b", b"/a/.%2E/b", b"/%2E./", b"//.."]
)
async def test_refuses_dot_segments(path: bytes) -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream), path)
    assert (answer.status, upstream.requests) == (400, [])
    assert "segment" in answer.problem["detail"]


@pytest.mark.parametrize("target", [b"http://other.example/", b"*", b"other.example:443", b"", b"@other.example/"])
async def test_refuses_a_target_that_is_no_path(target: bytes) -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream), target)
    assert (answer.status, upstream.requests) == (400, [])
    assert "begins with /" in answer.problem["detail"]


@pytest.mark.parametrize(
    "target", [b"/\x00", b"/a b", b"/a\r\nHost: other.example", b"/\xe9", b"/?q=\xff", b"/?q=a b", b"/\x7f", b"/#top"]
)
async def test_refuses_a_character_that_no_url_may_have(target: bytes) -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream), target)
    assert (answer.status, upstream.requests) == (400, [])
    assert "percent-encode" in answer.problem["detail"]


@pytest.mark.parametrize("chunks", [(b"",), (b"one",), (b"o", b"n", b"", b"e"), (bytes(range(256)) * 9,)])
async def test_passes_on_the_body(chunks: tuple[bytes, ...]) -> None:
    request = await sent(method="POST", body=chunks)
    assert request.content == b"".join(chunks)
    assert request.headers["content-length"] == str(len(request.content))


async def test_passes_on_the_body_of_a_get() -> None:
    assert (await sent(method="GET", body=[b"even so"])).content == b"even so"


async def test_passes_on_end_to_end_headers_in_their_order() -> None:
    headers = (
        (b"user-agent", b"curl/8"),
        (b"accept", b"*/*"),
        (b"cookie", b"a=1; b=2"),
        (b"x-repeated", b"1"),
        (b"x-other", b" kept "),
        (b"x-repeated", b"2"),
        (b"accept-encoding", b"br"),
        (b"x-amzn-trace-id", b"Root=1-0-0"),
        (b"range", b"bytes=0-1"),
        (b"if-none-match", b'"etag"'),
    )
    assert await sent_headers(*headers) == list(headers)


async def test_adds_no_header_of_a_client_of_its_own() -> None:
    assert await sent_headers() == []


async def test_keeps_the_bytes_of_a_header_value_that_is_utf_8() -> None:
    assert await sent_headers((b"x-name", b"\xe3\x81\x82")) == [(b"x-name", b"\xe3\x81\x82")]


@pytest.mark.parametrize("value", [b"caf\xe9", b"\x00", b"a\x01b", b"a\r\nx-two: 2", b"\x7f"])
async def test_refuses_a_header_value_that_cant_go_on_as_it_is(value: bytes) -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream), headers=[(b"x-name", value)])
    assert (answer.status, answer.problem["status"], upstream.requests) == (400, 400, [])


async def test_refuses_headers_over_the_limit() -> None:
    upstream = Upstream()
    answer = await ask(edge(upstream), headers=[(b"x-name", b"v" * 65_536)])
    assert (answer.status, answer.problem["status"], upstream.requests) == (431, 431, [])


@pytest.mark.parametrize(
    "name",
    [
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"upgrade",
        b"expect",
        b"x-amz-date",
        b"x-amz-security-token",
        b"x-amz-content-sha256",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"cf-connecting-ip",
        b"cf-ray",
        b"CF-Ray",
        b"X-Amz-Meta",
    ],
)
async def test_drops_hop_by_hop_and_reserved_headers(name: bytes) -> None:
    assert await sent_headers((b"accept", b"*/*"), (name, b"1")) == [(b"accept", b"*/*")]


async def test_drops_the_headers_that_connection_names() -> None:
    headers = ((b"connection", b"close, X-One"), (b"x-one", b"1"), (b"x-two", b"2"), (b"connection", b"x-three"))
    assert await sent_headers(*headers, (b"x-three", b"3")) == [(b"x-two", b"2")]


async def test_replaces_the_authorization_that_came_in() -> None:
    request = await sent(headers=[(b"authorization", b"Basic aHVzaA==")])
    assert [value[:16] for value in request.headers.get_list("authorization")] == ["AWS4-HMAC-SHA256"]


async def test_addresses_the_function_whatever_host_came_in() -> None:
    request = await sent(headers=[(b"host", b"other.example")])
    assert request.headers.get_list("host") == [HOST]
    assert request.url.host == HOST


async def test_signs_a_form_that_came_in_chunks_with_its_length() -> None:
    headers = [(b"content-type", b"text/plain"), (b"transfer-encoding", b"chunked")]
    request = await sent(method="POST", headers=headers, body=[b"a", b"b"])
    assert request.headers["content-length"] == "2"
    assert "SignedHeaders=content-type;host;x-amz-date," in request.headers["authorization"]


async def answered(response: Callable[[], httpx.Response], method: str = "GET") -> tuple[int, RawHeaders, bytes]:
    answer = await ask(edge(Upstream(lambda _: response())), method=method)
    return answer.status, [header for header in answer.headers if header[0] != b"x-request-id"], answer.body


@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 403, 404, 418, 429, 500, 502])
async def test_passes_back_every_status(status: int) -> None:
    assert (await answered(lambda: httpx.Response(status, stream=Body())))[0] == status


@pytest.mark.parametrize("location", ["/elsewhere", "https://other.example/"])
async def test_passes_a_redirect_back_and_does_not_follow_it(location: str) -> None:
    upstream = Upstream(lambda _: httpx.Response(302, headers={"location": location}, stream=Body()))
    answer = await ask(edge(upstream))
    assert (answer.status, answer.values("location")) == (302, [location])
    assert len(upstream.requests) == 1


async def test_passes_back_each_set_cookie_on_its_own() -> None:
    headers = [(b"set-cookie", b"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"), (b"x-y", b"z"), (b"set-cookie", b"b=2")]
    assert (await answered(lambda: httpx.Response(200, headers=headers, stream=Body())))[1] == headers


async def test_sends_no_cookie_of_one_client_with_the_request_of_another() -> None:
    upstream = Upstream(lambda _: httpx.Response(200, headers={"set-cookie": "session=mine"}, stream=Body()))
    app = edge(upstream)
    await ask(app)
    await ask(app)
    assert "cookie" not in upstream.requests[1].headers


async def test_passes_back_a_body_in_its_content_coding() -> None:
    packed = gzip.compress(b"hello")
    headers = [(b"content-encoding", b"gzip"), (b"content-length", str(len(packed)).encode())]
    answer = await answered(lambda: httpx.Response(200, headers=headers, stream=Body(packed)))
    assert answer == (200, headers, packed)


async def test_drops_the_hop_by_hop_headers_of_the_answer() -> None:
    headers = [(b"connection", b"x-hop"), (b"x-hop", b"1"), (b"keep-alive", b"timeout=5"), (b"x-y", b"z")]
    assert (await answered(lambda: httpx.Response(200, headers=headers, stream=Body())))[1] == [(b"x-y", b"z")]


@pytest.mark.parametrize("status", [204, 205, 304])
async def test_drops_the_length_of_a_body_that_is_not_there(status: int) -> None:
    headers = [(b"content-length", b"1234"), (b"etag", b'"1"')]
    answer = await answered(lambda: httpx.Response(status, headers=headers, stream=Body()))
    assert answer == (status, headers[1:], b"")


@pytest.mark.parametrize("status", [101, 199, 600, 999])
async def test_answers_502_for_a_status_that_ends_no_request(status: int) -> None:
    answer = await ask(edge(Upstream(lambda _: httpx.Response(status, stream=Body()))))
    assert (answer.status, answer.problem["status"]) == (502, 502)


async def test_answers_502_for_an_answer_with_a_control_character_in_a_header() -> None:
    headers = [(b"x-name", b"a\x01b")]
    answer = await ask(edge(Upstream(lambda _: httpx.Response(200, headers=headers, stream=Body()))))
    assert (answer.status, answer.problem["status"]) == (502, 502)


async def test_keeps_the_content_length_of_an_answer_to_head() -> None:
    headers = [(b"content-length", b"1234")]
    answer = await answered(lambda: httpx.Response(200, headers=headers, stream=Body()), method="HEAD")
    assert answer == (200, headers, b"")


@pytest.mark.parametrize("body", [Body(b"whole"), Body(b"cut", error=httpx.ReadError("reset"))])
async def test_gives_the_connection_back_however_the_answer_ends(body: Body) -> None:
    app = edge(Upstream(lambda _: httpx.Response(200, stream=body)))
    with contextlib.suppress(UpstreamError):  # a cut one breaks the client's connection too
        await ask(app)
    assert body.closed


async def test_signs_anew_when_the_clock_was_off() -> None:
    """The auth flow asks for a second request; the first answer's connection is given back."""
    late = Body(b"{}")
    noon = (datetime.now(UTC) - timedelta(days=30)).replace(hour=12, minute=0)
    stale = {"x-amzn-errortype": "InvalidSignatureException", "date": format_datetime(noon, usegmt=True)}
    answers = [httpx.Response(200, stream=Body(b"ok")), httpx.Response(403, headers=stale, stream=late)]
    upstream = Upstream(lambda _: answers.pop())
    answer = await ask(edge(upstream))
    assert (answer.status, answer.body, late.closed) == (200, b"ok", True)
    assert upstream.requests[1].headers["x-amz-date"].startswith(f"{noon:%Y%m%d}T12")
