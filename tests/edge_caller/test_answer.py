"""What of the function's answer is refused, and what is changed for the client."""

import httpx
import pytest

from edge_caller.answer import MAX_HEAD_BYTES, MAX_HEADER_LINES
from tests.edge_caller.asgi import FUNCTION_URL, Answer, Body, Upstream, ask, edge

pytestmark = pytest.mark.anyio

HOST = httpx.URL(FUNCTION_URL).host


async def answer_with(*headers: tuple[bytes, bytes], status: int = 200, **variables: str) -> Answer:
    upstream = Upstream(lambda _: httpx.Response(status, headers=list(headers), stream=Body()))
    return await ask(edge(upstream, **variables))


@pytest.mark.parametrize("name", ["location", "content-location"])
@pytest.mark.parametrize(
    ("location", "seen"),
    [
        (f"http://{HOST}/items/42", "/items/42"),
        (f"https://{HOST}/items/42?q=a#top", "/items/42?q=a#top"),
        (f"HTTPS://{HOST.upper()}:443/a", "/a"),
        (f"http://{HOST}:80/a", "/a"),
        (f"https://{HOST}", "/"),
        (f"https://{HOST}?q", "/?q"),
        (f"https://{HOST}//other.example/a", "/.//other.example/a"),
        (f"https://{HOST}/\\other.example/a", "/./\\other.example/a"),
        (f"https://{HOST}/\t/other.example/a", "/./\t/other.example/a"),
        (f"https://{HOST}:8443/a", f"https://{HOST}:8443/a"),
        (f"https://{HOST}.other.example/a", f"https://{HOST}.other.example/a"),
        (f"https://other.example/{HOST}", f"https://other.example/{HOST}"),
        (f"https://user@{HOST}/a", f"https://user@{HOST}/a"),
        (f"https://{HOST}:x/a", f"https://{HOST}:x/a"),
        (f"//{HOST}/a", "/a"),
        ("/items/42", "/items/42"),
        ("items", "items"),
        (f"ftp://{HOST}/a", f"ftp://{HOST}/a"),
        ("", ""),
    ],
)
async def test_a_location_at_the_function_is_one_at_the_edge(name: str, location: str, seen: str) -> None:
    assert (await answer_with((name.encode(), location.encode()), status=307)).values(name) == [seen]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_a_location_at_the_local_function_is_one_at_the_edge(host: str) -> None:
    variables = {"FUNCTION_URL": f"http://{host}:9000", "AWS_REGION": "eu-west-1"}
    for port, seen in ((":9000", "/items/42"), ("", f"http://{host}/items/42"), (":80", f"http://{host}:80/items/42")):
        location = (b"location", f"http://{host}{port}/items/42".encode())
        assert (await answer_with(location, status=307, **variables)).values("location") == [seen]


@pytest.mark.parametrize(
    ("refresh", "seen"),
    [
        (f"5; url=https://{HOST}/items/42", "5; url=/items/42"),
        (f"0;URL='https://{HOST}/a?q'", "0;URL='/a?q'"),
        (f'0.5 , Url = "http://{HOST}:80"', '0.5 , Url = "/"'),
        (f"5 https://{HOST}/a", "5 /a"),
        (f"5; url=https://{HOST}//other.example", "5; url=/.//other.example"),
        (f"5; url=https://other.example/?url=https://{HOST}/", f"5; url=https://other.example/?url=https://{HOST}/"),
        ("5; url=/a", "5; url=/a"),
        ("5", "5"),
    ],
)
async def test_a_refresh_at_the_function_is_one_at_the_edge(refresh: str, seen: str) -> None:
    assert (await answer_with((b"Refresh", refresh.encode()))).values("refresh") == [seen]


@pytest.mark.parametrize(
    ("link", "seen"),
    [
        (f'<https://{HOST}/items?page=2>; rel="next"', '</items?page=2>; rel="next"'),
        (f"<https://{HOST}/a>; rel=prev, <http://{HOST}:80>; rel=next", "</a>; rel=prev, </>; rel=next"),
        (f"<https://other.example/>, <//{HOST}/a,b>", "<https://other.example/>, </a,b>"),
        (f"<https://other.example/?u=https://{HOST}/>", f"<https://other.example/?u=https://{HOST}/>"),
        ("</a>; rel=preload", "</a>; rel=preload"),
    ],
)
async def test_a_link_to_the_function_is_one_to_the_edge(link: str, seen: str) -> None:
    assert (await answer_with((b"Link", link.encode()))).values("link") == [seen]


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"gzip", b"identity"])
async def test_answers_502_for_a_transfer_coding_that_it_does_not_decode(coding: bytes) -> None:
    answer = await answer_with((b"Transfer-Encoding", coding))
    assert answer.status == 502
    assert "Transfer-Encoding" in answer.problem["detail"]


async def test_gives_the_login_prompt_its_own_name_back() -> None:
    answer = await answer_with((b"x-amzn-Remapped-www-authenticate", b'Basic realm="app"'), status=401)
    assert answer.values("www-authenticate") == ['Basic realm="app"']


async def test_forwards_an_answer_with_as_many_header_lines_as_it_may_have() -> None:
    answer = await answer_with(*[(b"x-line", b"v")] * MAX_HEADER_LINES)
    assert (answer.status, len(answer.values("x-line"))) == (200, MAX_HEADER_LINES)


@pytest.mark.parametrize(
    "headers", [[(b"x-line", b"v")] * (MAX_HEADER_LINES + 1), [(b"x-large", b"v" * MAX_HEAD_BYTES)]]
)
async def test_answers_502_for_a_head_that_is_too_large(headers: list[tuple[bytes, bytes]]) -> None:
    answer = await answer_with(*headers)
    assert answer.status == 502
    assert "header lines" in answer.problem["detail"]


ERRORS = [httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError]


@pytest.mark.parametrize("error", ERRORS)
async def test_shows_no_client_the_function_urls_host(error: type[httpx.TransportError]) -> None:
    def fails(_: httpx.Request) -> httpx.Response:
        raise error(f"about {HOST}" if error is not httpx.RemoteProtocolError else "it is malformed")

    answer = await ask(edge(Upstream(fails)))
    assert answer.status in (502, 504)
    assert HOST.encode() not in answer.body


@pytest.mark.parametrize(
    ("error_type", "says"),
    [
        ("AccessDeniedException", "lambda:InvokeFunctionUrl and lambda:InvokeFunction"),
        ("InvalidSignatureException", "AWS_SECRET_ACCESS_KEY and the clock"),
        ("UnrecognizedClientException", "AWS_ACCESS_KEY_ID"),
        ("ExpiredTokenException:http://internal.amazon.com/", "have expired"),
        ("SomethingNewException", "SomethingNewException"),
    ],
)
async def test_the_log_says_where_to_look_when_aws_refuses(
    capsys: pytest.CaptureFixture[str], error_type: str, says: str
) -> None:
    answer = await answer_with((b"x-amzn-ErrorType", error_type.encode()), (b"date", b"x"), status=403)
    assert answer.status == 403
    assert says in capsys.readouterr().out


async def test_the_log_says_nothing_of_a_403_of_the_functions_own(capsys: pytest.CaptureFixture[str]) -> None:
    await answer_with(status=403)
    assert '"error": null' in capsys.readouterr().out
