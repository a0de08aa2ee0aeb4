"""What real tools print is understood, also where it is cut short or garbled.

The files of pastes/ were made by running the tool of that name and version against this project's stand-in.
libcurl 8 was run through pycurl, its lines marked as curl -v marks them.
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.why.pastes.read import MAX_PASTE_BYTES, UnusablePaste, read_paste
from local_aws.why.pastes.record import PastedRequest

PASTES = Path(__file__).parent / "pastes"
FILES = sorted(PASTES.iterdir())
MISMATCH = "The request signature we calculated does not match the signature you provided."
URL_HOST = "local0function0url0of0this0machn.lambda-url.ap-northeast-1.on.aws"

# file: kind, method, target, host, body, the answer's status and error type, and how its message begins
UNDERSTOOD = {
    "aws-cli-1.45.11": (
        "botocore-log", "POST", "/2015-03-31/functions/fastapi-sample/invocations", "127.0.0.1:19417", b'{"a":1}',
        403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/edge-caller is not authorized",
    ),
    "botocore-1.44.5": (
        "botocore-log", "POST", "/items/a%20b?z=1&a=2", "127.0.0.1:19417", None,
        403, "InvalidSignatureException", MISMATCH,
    ),
    "curl-7.88.1": (
        "curl-verbose", "GET", "/items/42?z=1&a=2", URL_HOST, b"", 403, "InvalidSignatureException", MISMATCH
    ),
    "curl-7.88.1-http2": (
        "curl-verbose", "POST", "/items/42?q=hello", URL_HOST, None,
        403, "InvalidSignatureException", "Credential should be scoped to correct service: 'lambda'.",
    ),
    "curl-7.88.1-include": (
        "curl-verbose", "GET", "/items/42?z=1&a=2", URL_HOST, b"", 403, "InvalidSignatureException", MISMATCH
    ),
    "curl-7.88.1-redirect": (
        "curl-verbose", "GET", "/items/42?q=hello", URL_HOST, b"", 403, "AccessDeniedException", "Forbidden. For"
    ),
    "httpx-0.28.1": (
        "header-object", "GET", "/items/42?q=hello", "127.0.0.1:19417", b"",
        403, "InvalidSignatureException", "Credential should be scoped to a valid region, not 'us-east-1'.",
    ),
    "libcurl-8.23.0": (
        "curl-verbose", "GET", "/items/42?z=1&a=2", URL_HOST, b"", 403, "InvalidSignatureException", MISMATCH
    ),
    "libcurl-8.23.0-http2": ("curl-verbose", "POST", "/items/42?q=hello", URL_HOST, None, 405, None, None),
    "node-20": (
        "header-object", "POST", "/items/42?q=a%20b", "127.0.0.1:19417", None,
        403, "InvalidSignatureException", "Credential should be scoped to correct service: 'lambda'.",
    ),
    "node-20-object": ("header-object", None, None, None, None, None, None, None),
    "presigned-url": ("presigned-url", "GET", "/items/42?q=hello&X-Amz-Algorithm", URL_HOST, b"", None, None, None),
    "raw-http": ("raw-http", "POST", "/items/42?q=hello", "127.0.0.1:28419", b'{"a":1}', None, None, None),
    "requests-2.34.2": (
        "python-debug", "POST", "/items/42?q=a%20b", "127.0.0.1:19417", b'{"a": 1}', 405, None, None
    ),
    "wrangler-4.86.0": (
        "header-object", "POST", "/items/42?q=a%20b", "127.0.0.1:19417", None,
        403, "InvalidSignatureException", "Credential should be scoped to a valid region, not 'us-east-1'.",
    ),
}  # fmt: skip

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIALOCAL00000000001/20261125/ap-northeast-1/lambda/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=2c47a83ed2eb8d6d3ffdb362c9f35302f976174c347f1c40d0a0bd995f188317"
)
CHROME_BASH = f"""curl 'https://{URL_HOST}/items?q=a%20b' \\
  -X 'PUT' \\
  -H 'accept: */*' \\
  -H 'authorization: {AUTHORIZATION}' \\
  -H 'content-type: application/json' \\
  -H 'x-amz-date: 20261125T022741Z' \\
  --data-raw $'{{"a":"it\\'s\\u0021"}}' ;
echo done"""
CHROME_CMD = f"""curl ^"https://{URL_HOST}/items?q=a^%^20b^" ^
  -X ^"PUT^" ^
  -H ^"authorization: {AUTHORIZATION}^" ^
  -H ^"content-type: application/json^" ^
  -H ^"x-amz-date: 20261125T022741Z^" ^
  --data-raw ^"^{{^\\^"a^\\^":^\\^"it's^!^\\^"^}}^"
"""
CHROME_POWERSHELL = f"""Invoke-WebRequest -UseBasicParsing -Uri "https://{URL_HOST}/items?q=a%20b" `
-Method "PUT" `
-Headers @{{
"accept"="*/*"
  "authorization"="{AUTHORIZATION}"
  "x-amz-date"="20261125T022741Z"
}} `
-ContentType "application/json" `
-Body "{{`"a`":`"it's!`"}}"
"""
CHROME_FETCH = f"""fetch("https://{URL_HOST}/items?q=a%20b", {{
  "headers": {{
    "authorization": "{AUTHORIZATION}",
    "content-type": "application/json",
    "x-amz-date": "20261125T022741Z"
  }},
  "body": "{{\\"a\\":\\"it's!\\"}}",
  "method": "PUT"
}});"""
HAR = f"""{{"log": {{"version": "1.2", "entries": [{{
  "request": {{"method": "PUT", "url": "https://{URL_HOST}/items?q=a%20b",
    "headers": [{{"name": ":authority", "value": "{URL_HOST}"}},
      {{"name": "content-type", "value": "application/json"}},
      {{"name": "authorization", "value": "{AUTHORIZATION}"}}, {{"name": "x-amz-date", "value": "20261125T022741Z"}}],
    "postData": {{"mimeType": "application/json", "text": "{{\\"a\\":\\"it's!\\"}}"}}}},
  "response": {{"status": 403, "headers": [{{"name": "x-amzn-errortype", "value": "InvalidSignatureException"}}],
    "content": {{"text": "{{\\"message\\":\\"{MISMATCH}\\"}}"}}}}}}]}}}}"""
HEADER_LINES = f"""PUT https://{URL_HOST}/items?q=a%20b
  Content-Type: application/json
  X-Amz-Date: 20261125T022741Z
  Authorization: {AUTHORIZATION}
"""


def read(name: str) -> bytes:
    return (PASTES / f"{name}.txt").read_bytes()


def request_in(text: str) -> PastedRequest:
    request = read_paste(text.encode()).chosen.request
    assert request is not None
    return request


class TestAPasteOfARealTool:
    @pytest.mark.parametrize("name", UNDERSTOOD)
    def test_is_understood(self, name: str) -> None:
        kind, method, target, host, body, status, error_type, message = UNDERSTOOD[name]
        paste = read_paste(read(name))
        request, answer = paste.chosen.request, paste.chosen.answer
        assert request is not None
        assert (paste.kind, request.method, request.header("host"), request.body) == (kind, method, host, body)
        assert (request.target or "").startswith(target or "")
        assert (answer.status if answer else None, answer.error_type if answer else None) == (status, error_type)
        assert ((answer and answer.message) or "").startswith(message or "")

    def test_is_listed_here(self) -> None:
        assert {path.stem for path in FILES} == set(UNDERSTOOD)

    @pytest.mark.parametrize("name", ["aws-cli-1.45.11", "botocore-1.44.5"])
    def test_gives_the_canonical_request_that_botocore_logged(self, name: str) -> None:
        canonical_request = read_paste(read(name)).signer.canonical_request or ""
        assert canonical_request.startswith("POST\n/")
        assert canonical_request.endswith("\n015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862")

    def test_gives_the_string_to_sign_that_curl_printed(self) -> None:
        string_to_sign = read_paste(read("libcurl-8.23.0")).signer.string_to_sign or ""
        assert string_to_sign.startswith("AWS4-HMAC-SHA256\n20261125T022741Z\n20261125/ap-northeast-1/lambda/")

    def test_gives_the_canonical_request_in_the_form_that_curl_documents(self) -> None:
        text = "* aws_sigv4: Canonical request (enclosed in []) - [GET\n/\n\nhost:a[0]\n\nhost\n" + "e" * 64 + "]\n"
        signer = read_paste(text.encode() + read("curl-7.88.1")).signer
        assert signer.canonical_request == "GET\n/\n\nhost:a[0]\n\nhost\n" + "e" * 64

    def test_gives_both_requests_of_a_redirect(self) -> None:
        first, second = read_paste(read("curl-7.88.1-redirect")).exchanges
        assert first.request is not None
        assert second.request is not None
        assert (first.request.signed, second.request.signed) == (True, False)

    @pytest.mark.parametrize(("sent", "came"), [("> ", "< "), ("", "")], ids=["curl -v", "raw HTTP"])
    def test_gives_the_answer_after_100_continue(self, sent: str, came: str) -> None:
        request = f"{sent}POST /items HTTP/1.1\n{sent}Host: a.b\n{sent}Expect: 100-continue\n{sent}\n"
        text = f"{request}{came}HTTP/1.1 100 Continue\n{came}\n{came}HTTP/1.1 403 Forbidden\n{came}\n"
        (exchange,) = read_paste(text.encode()).exchanges
        assert exchange.request is not None
        assert exchange.answer is not None
        assert (exchange.request.target, exchange.answer.status) == ("/items", 403)

    @pytest.mark.parametrize(
        "body", ["GET /echo HTTP/1.1\nhost: c.d\n\n", "HTTP/1.1 500 Oops\nx-amzn-errortype: X\n\n"], ids=["GET", "500"]
    )
    def test_keeps_a_body_that_looks_like_an_exchange(self, body: str) -> None:
        text = f'> GET /items HTTP/1.1\n> Host: a.b\n> \n< HTTP/1.1 403 Forbidden\n< \n{body}{{"Message":"no"}}\n'
        (exchange,) = read_paste(text.encode()).exchanges
        assert exchange.request is not None
        assert exchange.answer is not None
        assert (exchange.request.target, exchange.answer.status, exchange.answer.message) == ("/items", 403, "no")

    @pytest.mark.parametrize("message", ['{"Message":"no"}', "Signature expired: 1 is now earlier than 2"])
    @pytest.mark.parametrize(("sent", "came"), [("> ", "< "), ("", "")], ids=["curl -v", "raw HTTP"])
    def test_keeps_the_message_where_the_blank_line_before_it_was_cut_off(
        self, sent: str, came: str, message: str
    ) -> None:
        text = (
            f"{sent}GET /items HTTP/1.1\n{sent}Host: a.b\n{sent}\n{came}HTTP/1.1 403 Forbidden\n{came}x: y\n{message}\n"
        )
        answer = read_paste(text.encode()).chosen.answer
        assert answer is not None
        assert answer.message == ("no" if message.startswith("{") else message)

    @pytest.mark.parametrize("headers", ["", "> Host: a.b\n"], ids=["without headers", "with a header"])
    def test_gives_a_request_without_its_http_version(self, headers: str) -> None:
        text = f"> GET /items\n{headers}> \n< HTTP/1.1 403 Forbidden\n< \n"
        (exchange,) = read_paste(text.encode()).exchanges
        assert exchange.request is not None
        assert exchange.answer is not None
        assert (exchange.request.method, exchange.request.target, exchange.answer.status) == ("GET", "/items", 403)


class TestAPasteInTheFormOfABrowser:
    """By the documented form of each: no browser ran."""

    FORMS = (CHROME_BASH, CHROME_CMD, CHROME_POWERSHELL, CHROME_FETCH, HAR)

    @pytest.mark.parametrize("text", FORMS, ids=["bash", "cmd", "powershell", "fetch", "har"])
    def test_is_understood(self, text: str) -> None:
        request = request_in(text)
        assert (request.method, request.target, request.header("host")) == ("PUT", "/items?q=a%20b", URL_HOST)
        assert request.header("authorization") == AUTHORIZATION
        assert request.header("content-type") == "application/json"
        assert request.body == b'{"a":"it\'s!"}'

    def test_of_header_lines_takes_the_line_above_them(self) -> None:
        request = request_in(HEADER_LINES)
        assert (request.method, request.target, request.header("host")) == ("PUT", "/items?q=a%20b", URL_HOST)
        assert (request.header("authorization"), request.body) == (AUTHORIZATION, None)

    def test_of_a_har_gives_the_answer(self) -> None:
        answer = read_paste(HAR.encode()).chosen.answer
        assert answer is not None
        assert (answer.status, answer.error_type, answer.message) == (403, "InvalidSignatureException", MISMATCH)

    def test_of_a_har_without_authorization_is_noted(self) -> None:
        assert read_paste(HAR.replace('"authorization"', '"x-other"').encode()).notes == (
            "note_har_without_authorization",
        )


class TestACurlCommand:
    @pytest.mark.parametrize(
        ("url", "host", "target"),
        [
            ("https://例え.jp/あ b?q=é", "例え.jp", "/%E3%81%82%20b?q=%C3%A9"),
            ("https://例え.jp", "例え.jp", "/"),
            ("https://a.example/\udcff?\udcff", "a.example", "/%FF?%FF"),
            ("https://a\udcff.example/", "a\udcff.example", "/"),
            ("a.example/?u=http://b", "a.example", "/?u=http://b"),
        ],
        ids=ascii,
    )
    def test_keeps_its_host_and_encodes_its_target(self, url: str, host: str, target: str) -> None:
        request = read_paste(f"curl '{url}'".encode("utf-8", "surrogateescape")).chosen.request
        assert request is not None
        assert (request.header("host"), request.target) == (host, target)


class TestHeaders:
    def test_of_httpx_with_a_hidden_authorization_are_noted(self) -> None:
        text = "Headers({'host': 'a.example', 'x-amz-date': '20261125T022828Z', 'authorization': '[secure]'})"
        paste = read_paste(text.encode())
        assert paste.notes == ("note_authorization_hidden",)
        assert paste.chosen.request is not None
        assert not paste.chosen.request.signed

    @pytest.mark.parametrize(
        "text",
        [
            "{ authorization: 'A', 'x-amz-date': 'D' }",
            "{'Authorization': 'A', 'X-Amz-Date': 'D'}",
            "[('authorization', 'A'), ('x-amz-date', 'D')]",
            "[(b'authorization', b'A'), (b'x-amz-date', b'D')]",
            "[\n  [ 'authorization', 'A' ],\n  [ 'x-amz-date', 'D' ]\n]",
            '[["authorization","A"],["x-amz-date","D"]]',
            "Headers(2) { 'authorization' => 'A', 'x-amz-date' => 'D', [immutable]: false }",
            'Map(2) {"authorization" => "A", "x-amz-date" => "D"}',
            '[{"name": "authorization", "value": "A"}, {"name": "x-amz-date", "value": "D"}]',
        ],
    )
    def test_are_read_from_the_objects_of_both_languages(self, text: str) -> None:
        request = request_in("GET https://a.example/x\n" + text)
        assert {"authorization": "A", "x-amz-date": "D"}.items() <= dict(request.headers).items()
        assert (request.method, request.target) == ("GET", "/x")

    def test_keep_their_invisible_characters(self) -> None:
        request = request_in("> GET / HTTP/1.1\n> Host: a.example\n> X-Amz-Meta: a\u200bb\u00a0\n> \n")
        assert request.header("x-amz-meta") == "a\u200bb\u00a0"


class TestAnAnswerAlone:
    @pytest.mark.parametrize(
        ("text", "error_type", "message"),
        [
            ('{"message":"Signature expired: 1 is now earlier than 2"}', None, "Signature expired: 1 is now"),
            ('{"Message":null}', None, "null"),
            ("An error occurred (UnrecognizedClientException) when calling", "UnrecognizedClientException", None),
            ("HTTP/1.1 403 Forbidden\nx-amzn-ErrorType: AccessDeniedException\n\n", "AccessDeniedException", None),
            ("it says: Credential should be scoped to a valid region, not 'x'.", None, "Credential should be scoped"),
        ],
    )  # fmt: skip
    def test_is_understood(self, text: str, error_type: str | None, message: str | None) -> None:
        paste = read_paste(text.encode())
        answer = paste.chosen.answer
        assert (paste.kind, paste.chosen.request) == ("answer", None)
        assert answer is not None
        assert answer.error_type == error_type
        assert (answer.message or "").startswith(message or "")
        assert (answer.message is None) == (message is None)


class TestAnUnusablePaste:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "paste_empty"),
            (b" \n", "paste_empty"),
            (b"hello", "paste_not_understood"),
            (b"{}", "paste_not_understood"),
            (b"\xff\xfeh\x00", "paste_not_understood"),
            (b"\x00" * 100, "paste_not_understood"),
            (b"x" * (MAX_PASTE_BYTES + 1), "paste_too_large"),
        ],
    )
    def test_is_named(self, data: bytes, code: str) -> None:
        with pytest.raises(UnusablePaste) as raised:
            read_paste(data)
        assert raised.value.finding.code == code

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_cut_short_anywhere_raises_nothing_else(self, path: Path) -> None:
        data = path.read_bytes()
        for end in range(0, len(data), 61):
            understood_or_unusable(data[:end])
            understood_or_unusable(data[end:])

    @given(st.data())
    def test_garbled_raises_nothing_else(self, data: st.DataObject) -> None:
        text = bytearray(data.draw(st.sampled_from([path.read_bytes() for path in FILES] + [HAR.encode()])))
        for _ in range(data.draw(st.integers(1, 8))):
            at = data.draw(st.integers(0, len(text)))
            text[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
        understood_or_unusable(bytes(text))

    @given(st.binary(max_size=400) | st.text(alphabet="{}[]()'\"`\\:=,> <*\n aH1/").map(str.encode))
    def test_of_anything_raises_nothing_else(self, data: bytes) -> None:
        understood_or_unusable(data)


def understood_or_unusable(data: bytes) -> None:
    try:
        assert read_paste(data).chosen
    except UnusablePaste:
        return


def test_powershells_utf_16_and_colours_are_read() -> None:
    text = "\x1b[32mHTTP/1.1 403\x1b[0m Forbidden\r\nx-amzn-errortype: AccessDeniedException\r\n"
    answer = read_paste(("\ufeff" + text).encode("utf-16-le")).chosen.answer
    assert answer is not None
    assert answer.error_type == "AccessDeniedException"
