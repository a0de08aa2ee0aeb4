"""What the pages say in each case, in both languages."""

import html
import re
from dataclasses import replace

import pytest

from local_aws.inspector.calls import CALLS
from local_aws.inspector.words import TABLE, Words, preferred
from local_aws.record import Gate, StreamTimes
from local_aws.why.comparison import first_difference
from tests.local_aws.inspector.conftest import Stack
from tests.local_aws.signing import CALLERS, Request, signed
from tests.local_aws.test_warnings import WARNED

pytestmark = pytest.mark.anyio

GATES = {
    "unsigned": Gate.CLAIM,
    "changed": Gate.SIGNATURE,
    "service": Gate.SIGNATURE,
    "clock": Gate.SIGNATURE,
    "action": Gate.PERMISSION,
    "good": None,
}


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<(?!signature|secret|session token)[^>]*>", " ", page)).split())


def wrong_secret(body: bytes = b"") -> Request:
    return signed(method="POST", body=body, secret="a-secret-that-nobody-has")


@pytest.mark.parametrize("name", CALLS)
async def test_each_call_of_the_first_screen_stops_where_it_says(stack: Stack, name: str) -> None:
    kept = await stack.send("/send", call=name)
    assert kept.failed_at == GATES[name]
    assert (kept.status == 200) == (name == "good")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", CALLS)
async def test_a_request_shows_what_aws_says_why_and_what_to_do(stack: Stack, name: str, language: str) -> None:
    kept = await stack.send("/send", call=name)
    page = text_of(await stack.text(f"/r/{kept.request_id}?lang={language}"))
    listed = text_of(await stack.text(f"/?lang={language}"))
    for finding in kept.findings:
        assert finding.because(language) in page
        assert finding.do_this(language) in page
    if kept.findings:
        assert f"{kept.error_type}: {kept.answer_body}" in page
        assert kept.findings[0].because(language) in listed


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("code", WARNED)
async def test_an_answered_request_shows_what_aws_may_refuse(stack: Stack, code: str, language: str) -> None:
    kept = await stack.kept(WARNED[code])
    page = text_of(await stack.text(f"/r/{kept.request_id}?lang={language}"))
    [warning] = kept.warnings
    assert (kept.status, kept.failed_at, warning.code) == (200, None, code)
    assert TABLE[language]["warning"] in page
    assert warning.because(language) in page
    assert warning.do_this(language) in page


async def test_an_unsigned_call_is_shown_signed_in_three_languages(stack: Stack) -> None:
    kept = await stack.kept(Request("POST", "/a?b=c", (("host", b"127.0.0.1:9000"), ("x-a", b"it's")), b'{"d": 1}'))
    page = text_of(await stack.text(f"/r/{kept.request_id}"))
    assert (
        """--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\ --request POST \\ --header 'x-a: it'"'"'s'""" in page
    )
    assert "--data-binary '{\"d\": 1}' \\ 'http://127.0.0.1:9000/a?b=c'" in page
    assert """client.request('POST', 'http://127.0.0.1:9000/a?b=c', headers={'x-a': "it's"}, content=""" in page
    assert 'aws.fetch("http://127.0.0.1:9000/a?b=c", {"method": "POST", "headers": {"x-a": "it\'s"}' in page


async def test_a_known_mistake_marks_the_row_that_differs(stack: Stack) -> None:
    kept = await stack.kept(signed("/", headers=(("host", "127.0.0.1"),)).with_header("host", "127.0.0.1:9000"))
    page = await stack.text(f"/r/{kept.request_id}")
    assert "<code>host:127.0.0.1<mark>‸</mark></code><small>character 15: the text ends here</small>" in page
    assert "<code>host:127.0.0.1<mark>:9000</mark></code><small>character 15: U+003A COLON</small>" in page
    assert "The other 6 rows are equal" in page


@pytest.mark.parametrize(
    ("name", "ours", "theirs"),
    [("service", "execute-api", "lambda"), ("clock", "20261123T150000Z", "20261123T060000Z")],
)
async def test_a_wrong_scope_or_time_is_shown_beside_the_right_one(
    stack: Stack, name: str, ours: str, theirs: str
) -> None:
    kept = await stack.send("/send", call=name)
    page = text_of(await stack.text(f"/r/{kept.request_id}"))
    assert "you signed AWS expects" in page
    assert ours in page
    assert theirs in page


async def test_an_unknown_mistake_asks_for_the_signers_canonical_request_and_compares_it(stack: Stack) -> None:
    kept = await stack.kept(wrong_secret(b"x"))
    page = await stack.text(f"/r/{kept.request_id}")
    assert '<textarea name="canonical"' in page
    assert kept.signing
    assert kept.signing.came
    ours = kept.signing.came.text.replace("POST\n/\n", "POST\n/\u200b\n")
    difference = first_difference(kept.signing.came.text, ours)
    assert difference
    compared = (await stack.page.post(f"/r/{kept.request_id}", data={"canonical": ours})).text
    assert f"in line {difference.line}" in compared
    assert "U+200B ZERO WIDTH SPACE" in compared
    equal = (await stack.page.post(f"/r/{kept.request_id}", data={"canonical": kept.signing.came.text})).text
    assert "the signature isn&#39;t made with this secret access key" in equal
    nothing = (await stack.page.post(f"/r/{kept.request_id}", data={"canonical": "no canonical request"})).text
    assert "No canonical request was found" in nothing


async def test_a_missing_action_shows_the_statement_to_add(stack: Stack) -> None:
    kept = await stack.send("/send", call="action")
    page = text_of(await stack.text(f"/r/{kept.request_id}"))
    assert "lambda:InvokeFunctionUrl allowed · by CallFunctionUrl" in page
    assert "lambda:InvokeFunction not allowed" in page
    assert '"lambda:InvokedViaFunctionUrl": "true"' in page


async def test_a_good_call_has_five_closed_lines_and_one_offer(stack: Stack) -> None:
    kept = await stack.send("/send", call="good")
    page = await stack.text(f"/r/{kept.request_id}")
    assert page.count('class="gate passed"') == 5
    assert "<details open>\n      <summary>" not in page
    assert "data-break" in page
    assert "&#34;routeKey&#34;: &#34;$default&#34;" in page


async def test_the_empty_list_shows_a_worked_example_which_goes_when_a_request_comes(stack: Stack) -> None:
    assert "No request has come yet" in await stack.text("/")
    assert "/items/42?q=hellp" in await stack.text("/r/example")
    assert stack.history.newest() == []
    await stack.kept(signed())
    assert "No request has come yet" not in await stack.text("/")


@pytest.mark.parametrize(("language", "title"), [("en", "This request isn&#39;t here"), ("ja", "見つかりません")])
async def test_an_unknown_id_is_a_404_that_says_so(stack: Stack, language: str, title: str) -> None:
    answer = await stack.page.get("/r/nothing", headers={"accept-language": language})
    assert answer.status_code == 404
    assert title in answer.text


async def test_what_a_client_sends_is_text_on_the_page(stack: Stack) -> None:
    kept = await stack.kept(
        Request(
            "GET", "/?<script>alert(1)</script>", (("host", b"x"), ("x-a", b"<img src=x onerror=alert(1)>")), b"<b>"
        )
    )
    for path in ("/", f"/r/{kept.request_id}"):
        page = await stack.text(path)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "<b>" not in page.replace("<b>Arrived", "").replace("<b>Claim", "").replace("<b>S", "").replace(
            "<b>Permission", ""
        ).replace("<b>Function", "")


def test_both_languages_have_the_same_words() -> None:
    assert TABLE["en"].keys() == TABLE["ja"].keys()
    for table in ("gates", "calls"):
        assert TABLE["en"][table].keys() == TABLE["ja"][table].keys()
    assert list(TABLE["en"]["gates"]) == [gate.value for gate in Gate] == list(TABLE["en"]["gates"].values())
    assert list(TABLE["en"]["calls"]) == list(CALLS)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ja,en;q=0.8", "ja"), ("de-DE,ja;q=0.5", "ja"), ("fr", "en"), ("", "en"), ("en-GB", "en")],
)
def test_takes_the_first_language_of_the_browser_that_it_has(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


def test_links_keep_a_chosen_language() -> None:
    assert Words("ja", True).link("/stream?after=1") == "/stream?after=1&lang=ja"
    assert Words("ja").link("/paste") == "/paste"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0004, "1 ms"), (0.4, "400 ms"), (2.0, "2 s"), (90.26, "90.3 s"), (600, "10 min"), (-32400, "9 h")],
)
def test_says_a_time_in_two_figures(seconds: float, text: str) -> None:
    assert Words("en").seconds(seconds) == text


def test_the_callers_of_the_calls_exist() -> None:
    assert {"edge-caller", "article-2024"} <= CALLERS.keys()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["first piece after 50 ms", "last piece after 2.1 s", "pieces 2", "bytes 9"]),
        ("ja", ["最初のデータ 50 ミリ秒後", "最後のデータ 2.1 秒後", "データの個数 2", "バイト数 9"]),
    ],
)
async def test_a_stream_has_its_time_line(stack: Stack, language: str, words: list[str]) -> None:
    times = StreamTimes()
    times.add(b"first", 0.05)
    times.add(b"last", 2.1)
    kept = await stack.kept(signed())
    stack.history.put(replace(kept, stream=times, request_id="a-stream"))
    page = text_of(await stack.text(f"/r/a-stream?lang={language}"))
    assert all(word in page for word in words), page


async def test_a_stream_without_a_piece_has_no_times(stack: Stack) -> None:
    kept = await stack.kept(signed())
    stack.history.put(replace(kept, stream=StreamTimes(), request_id="a-stream"))
    page = text_of(await stack.text("/r/a-stream"))
    assert "first piece" not in page
    assert "pieces 0" in page
