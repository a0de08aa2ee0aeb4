"""AWS's answer and the recomputed signature decide together."""

import builtins
import os
import socket
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from unittest import mock

import pytest

from local_aws.iam.canonical import signing_key
from local_aws.iam.diagnosis import SigningKey
from local_aws.refusals import FORBIDDEN, MISMATCH
from local_aws.why.analysis import Analysis
from local_aws.why.decide import Signature
from local_aws.why.pastes.read import UnusablePaste
from tests.local_aws.signing import CALLERS, NOW, signed
from tests.local_aws.test_warnings import WARNED
from tests.local_aws.why.conftest import Analyse, curl_v, refused

PASTES = Path(__file__).parent / "pastes"
DENIED = refused("AccessDeniedException", f'{{"Message":"{FORBIDDEN}"}}')
DOES_NOT_MATCH = refused("InvalidSignatureException", f'{{"message":"{MISMATCH}"}}')


def codes(analysis: Analysis) -> list[tuple[str, bool]]:
    return [(finding.code, finding.proved) for finding in analysis.findings]


def notes(analysis: Analysis) -> list[str]:
    return [note.code for note in analysis.notes]


class TestTheFourCases:
    """Signature right or wrong, and AWS's answer: denied or mismatch."""

    def test_right_and_mismatch_means_that_aws_got_another_request_or_has_another_secret(self, why: Analyse) -> None:
        analysis = why(curl_v(signed("/items/42?q=hello"), DOES_NOT_MATCH))
        assert codes(analysis) == [("why_arrived_differently", False), ("why_secret_not_of_the_key", False)]
        assert (analysis.signature, analysis.gate) == (Signature.RIGHT, "Signature")

    @pytest.mark.parametrize("answer", ["", DOES_NOT_MATCH], ids=["no answer", "mismatch"])
    @pytest.mark.parametrize("code", sorted(set(WARNED) - {"signed_header_absent"}))  # a paste may leave headers out
    def test_right_and_warned_names_what_aws_may_refuse(self, why: Analyse, code: str, answer: str) -> None:
        analysis = why(curl_v(WARNED[code], answer))
        assert codes(analysis)[0] == (code, False)
        assert analysis.signature is Signature.RIGHT

    @pytest.mark.parametrize("name", ["x-forwarded-for", "connection", "expect"])
    def test_right_and_mismatch_names_the_signed_header_that_aws_rewrites(self, why: Analyse, name: str) -> None:
        with mock.patch("botocore.auth.SIGNED_HEADERS_BLACKLIST", []):  # botocore itself signs none of them
            request = signed("/", headers=((name, "x"),))
        analysis = why(curl_v(request, DOES_NOT_MATCH))
        assert codes(analysis)[0] == ("fragile_header_covered", False)
        assert analysis.signature is Signature.RIGHT

    def test_right_and_denied_means_permission_or_a_lost_authorization(self, why: Analyse) -> None:
        analysis = why(curl_v(signed("/"), DENIED))
        expected = ["why_not_allowed", "why_authorization_lost", "why_other_denial"]
        assert codes(analysis) == [(code, False) for code in expected]
        assert (analysis.signature, analysis.gate) == (Signature.RIGHT, "Permission")

    def test_wrong_and_denied_means_that_aws_never_compared(self, why: Analyse) -> None:
        analysis = why(curl_v(signed("/?a=1").but(target="/"), DENIED))
        assert codes(analysis)[0] == ("why_answer_of_another", False)
        assert analysis.signature is Signature.WRONG

    def test_wrong_and_mismatch_names_the_mistake(self, why: Analyse) -> None:
        analysis = why(curl_v(signed("/").but(target="/?a=1"), DOES_NOT_MATCH))
        assert codes(analysis) == [("query_left_out", True)]
        assert analysis.difference is not None
        assert (analysis.difference.part, analysis.difference.aws, analysis.difference.signer) == ("query", "a=1", "")

    def test_unknown_and_denied_asks_for_the_secret(self, why: Analyse) -> None:
        analysis = why(curl_v(signed("/"), DENIED), key=None)
        assert (codes(analysis), notes(analysis)) == ([("why_denied_unknown", False)], ["note_no_secret"])

    def test_unsigned_and_denied_is_not_signed(self, why: Analyse) -> None:
        analysis = why("> GET / HTTP/1.1\n> Host: a.example\n> \n" + DENIED)
        assert codes(analysis) == [("not_signed", True)]
        assert (analysis.signature, analysis.gate) == (Signature.ABSENT, "Claim")

    def test_a_redirect_that_lost_the_authorization_is_proved(self, why: Analyse) -> None:
        analysis = why((PASTES / "curl-7.88.1-redirect.txt").read_bytes())
        assert codes(analysis) == [("why_authorization_lost_redirect", True)]


class TestTheMessageDecides:
    """Expired, not yet current and wrong scope are InvalidSignatureException too."""

    def test_for_the_clock_by_the_time_in_the_message(self, why: Analyse) -> None:
        message = "Signature expired: 20261123T060000Z is now earlier than 20261123T062500Z (20261123T063000Z - 5 min.)"
        analysis = why(curl_v(signed("/"), refused("InvalidSignatureException", f'{{"message":"{message}"}}', date="")))
        assert codes(analysis) == [("expired", True)]
        assert analysis.findings[0].details["came"] == "20261123T063000Z"

    def test_for_the_clock_by_aws_date(self, why: Analyse) -> None:
        answer = refused(
            "InvalidSignatureException", '{"message":"Signature not yet current"}', date="Mon, 23 Nov 2026 05:00:00 GMT"
        )
        analysis = why(curl_v(signed("/"), answer), key=None)
        assert (codes(analysis), notes(analysis)) == ([("not_yet_current", True), ("local_time", False)], [])

    def test_for_the_clock_also_without_any_time(self, why: Analyse) -> None:
        answer = refused("InvalidSignatureException", '{"message":"Signature expired: cut"}', date="")
        assert codes(why(curl_v(signed("/"), answer))) == [("why_clock", True)]

    def test_for_the_scope_without_a_secret(self, why: Analyse) -> None:
        answer = refused(
            "InvalidSignatureException", '{"message":"Credential should be scoped to correct service: \'lambda\'. "}'
        )
        analysis = why(curl_v(signed("/", service="execute-api", region="us-east-1"), answer), key=None)
        assert codes(analysis) == [("scope_region", True), ("scope_service", True)]
        assert (notes(analysis), analysis.gate) == ([], "Signature")

    def test_against_a_scope_that_aws_accepted(self, why: Analyse) -> None:
        """AWS compared the signature, so the region is right, whatever the host looks like."""
        analysis = why(curl_v(signed("/", region="us-east-1"), DOES_NOT_MATCH))
        assert not {code for code, _ in codes(analysis)} & {"scope_region"}

    def test_for_a_missing_token(self, why: Analyse) -> None:
        request = signed("/", by="temporary-caller")
        answer = refused(
            "UnrecognizedClientException", '{"message":"The security token included in the request is invalid."}'
        )
        assert codes(why(curl_v(request, answer), key=None, others=())) == [("why_token_missing", True)]
        assert codes(why(curl_v(request, answer), key=CALLERS["temporary-caller"])) == [("token_missing", True)]


@pytest.mark.parametrize(
    ("answer", "code", "proved"),
    [
        ('{"message":"Signature expired: 1 is now earlier than 2"}', "why_clock", True),
        ('{"message":"Credential should be scoped to a valid region, not \'x\'. "}', "why_scope", True),
        (f'{{"message":"{MISMATCH}"}}', "why_mismatch_unknown", False),
        (f'{{"Message":"{FORBIDDEN}"}}', "why_denied", False),
        ("HTTP/1.1 403 Forbidden\n", "why_denied", False),
        ('{"Message":null}', "why_unknown_url", True),
        ('{"message":"The security token included in the request is invalid."}', "why_key_unknown", False),
        ('{"message":"The security token included in the request is expired"}', "why_token_expired", True),
        ('{"message":"Authorization header requires \'Signature\' parameter."}', "why_incomplete", False),
        ('{"message":"Missing Authentication Token"}', "not_signed", True),
        ("User: arn:aws:iam::1:user/x is not authorized to perform: lambda:InvokeFunction", "why_not_authorized", True),
        ("An error occurred (TooManyRequestsException) when calling", "why_not_a_signature", False),
    ],
)
def test_an_answer_alone_says_what_it_can(why: Analyse, answer: str, code: str, proved: bool) -> None:
    assert codes(why(answer)) == [(code, proved)]


class TestWithoutTheSecret:
    def test_the_signers_canonical_request_names_the_mistake(self, why: Analyse) -> None:
        analysis = why((PASTES / "botocore-1.44.5.txt").read_bytes(), key=None)
        assert codes(analysis) == [("path_as_sent", True)]
        assert analysis.difference is not None
        assert (analysis.difference.line, analysis.difference.aws_code_point) == (2, "U+0035 DIGIT FIVE")

    def test_the_hash_in_the_string_to_sign_names_it_too(self, why: Analyse) -> None:
        request = signed("/?z=1&a=2", canonical_query="z=1&a=2")
        canonical = (why(curl_v(request)).canonical_request or "").replace("a=2&z=1", "z=1&a=2")
        text = curl_v(request, DOES_NOT_MATCH)
        assert codes(why(string_to_sign(canonical) + text, key=None)) == [("query_as_sent", True)]
        assert codes(why(string_to_sign("another") + text, key=None)) == [("why_canonical_hash_differs", True)]

    def test_a_right_canonical_request_leaves_the_secret(self, why: Analyse) -> None:
        analysis = why((PASTES / "libcurl-8.23.0.txt").read_bytes(), key=None)
        assert codes(analysis) == [("why_secret_suspected", False)]

    def test_a_canonical_request_beside_the_paste_is_compared(self, why: Analyse) -> None:
        request = signed("/a")
        right = why(curl_v(request)).canonical_request or ""
        analysis = why(curl_v(request, DOES_NOT_MATCH), key=None, canonical_request=right.replace("/a", "/a\u200b"))
        assert codes(analysis) == [("why_canonical_differs", True)]
        assert analysis.difference is not None
        assert analysis.difference.signer_code_point == "U+200B ZERO WIDTH SPACE"


class TestWithTheSecret:
    def test_a_right_canonical_request_proves_the_secret_wrong(self, why: Analyse) -> None:
        analysis = why((PASTES / "libcurl-8.23.0.txt").read_bytes())
        assert codes(analysis) == [("secret_character", True)]

    def test_the_signing_key_of_the_day_does_as_well(self, why: Analyse) -> None:
        key = signing_key(CALLERS["edge-caller"].secret_access_key, "20261123", "ap-northeast-1", "lambda")
        analysis = why(curl_v(signed("/").but(target="/?a=1"), DOES_NOT_MATCH), key=SigningKey(key))
        assert (codes(analysis), notes(analysis)) == ([("query_left_out", True)], ["note_signing_key"])

    def test_nothing_wrong_is_said_where_nothing_is(self, why: Analyse) -> None:
        analysis = why(curl_v(signed("/items/42?q=hello")))
        assert (codes(analysis), analysis.gate) == ([], None)
        assert notes(analysis) == ["note_secret", "note_nothing_wrong"]

    def test_without_the_secret_and_an_answer_nothing_is_called_right(self, why: Analyse) -> None:
        analysis = why(curl_v(signed("/?b=2&a=1")), key=None)
        assert (codes(analysis), notes(analysis)) == ([], ["note_no_secret", "note_not_compared"])
        assert analysis.canonical_request is not None
        assert "nothing wrong" not in " ".join(note.because() for note in analysis.notes).lower()

    @pytest.mark.parametrize("date", ["00010101T000000Z", "99991231T235959Z"])
    @pytest.mark.parametrize("presigned", [False, True], ids=["header", "presigned"])
    def test_the_first_and_the_last_day_are_analysed_like_any_other(
        self, why: Analyse, date: str, presigned: bool
    ) -> None:
        request = signed("/", expires=60 if presigned else None)
        pasted = curl_v(request).replace("20261123T060000Z", date).replace("20261123", date[:8])
        for key in (None, CALLERS["edge-caller"]):
            for answer in ("", DENIED, DOES_NOT_MATCH):
                assert why(pasted + answer, key=key).claim

    @pytest.mark.parametrize("now", ["00010101T000000Z", "99991231T235959Z"])
    def test_the_first_and_the_last_day_of_aws_clock_are_read_like_any_other(self, why: Analyse, now: str) -> None:
        body = f'{{"message":"Signature expired: x is now earlier than y ({now} - 5 min.)"}}'
        for date in ("20261123T060000Z", now):
            pasted = curl_v(signed("/")).replace("20261123T060000Z", date)
            assert why(pasted + refused("InvalidSignatureException", body)).findings

    def test_an_answer_of_the_function_is_no_refusal(self, why: Analyse) -> None:
        analysis = why(curl_v(signed("/"), refused("", '{"detail":"Not Found"}', status=404)))
        assert (codes(analysis), analysis.aws_says) == ([], None)
        assert notes(analysis) == ["note_not_refused"]


class TestWhatThePasteDoesNotShow:
    def test_the_body_is_asked_for(self, why: Analyse) -> None:
        request = signed("/", method="POST", body=b'{"a":1}', headers=(("content-length", "7"),))
        analysis = why(curl_v(request, DOES_NOT_MATCH))
        assert (codes(analysis), notes(analysis)) == ([("why_mismatch_unknown", False)], ["note_body_not_shown"])
        assert analysis.canonical_request is None

    def test_the_body_beside_the_paste_is_used(self, why: Analyse) -> None:
        request = signed("/", method="POST", body=b'{"a":1}', headers=(("content-length", "7"),))
        assert codes(why(curl_v(request), body=b'{"a":1}')) == []
        assert codes(why(curl_v(request, DOES_NOT_MATCH), body=b'{"a":2}')) != []

    def test_its_announced_hash_stands_in_for_the_body(self, why: Analyse) -> None:
        digest = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
        headers = (("content-length", "7"), ("x-amz-content-sha256", digest))
        request = signed("/", method="POST", body=b'{"a":1}', headers=headers)
        analysis = why(curl_v(request))
        assert (codes(analysis), notes(analysis)) == ([], ["note_body_hash_taken", "note_secret", "note_nothing_wrong"])
        assert codes(why(curl_v(request, DOES_NOT_MATCH), body=b'{"a":2}')) == [("body_character", True)]
        assert codes(why(curl_v(request, DOES_NOT_MATCH), body=b"another")) == [("body_hash_differs", True)]

    def test_the_request_line_is_asked_for(self, why: Analyse) -> None:
        analysis = why((PASTES / "node-20-object.txt").read_bytes())
        assert codes(analysis) == [("scope_service", True)]
        assert "note_no_request_line" in notes(analysis)

    def test_the_region_of_another_host_is_taken_from_the_signature(self, why: Analyse) -> None:
        request = signed("/", headers=(("host", "api.example.com"),), region="eu-west-1")
        assert notes(why(curl_v(request)))[0] == "note_region_assumed"
        assert codes(why(curl_v(request), variables={"AWS_REGION": "eu-west-2"}))[0] == ("scope_region", True)

    def test_a_hidden_authorization_is_no_unsigned_request(self, why: Analyse) -> None:
        text = "GET https://a.example/\nHeaders({'x-amz-date': '20261125T022828Z', 'authorization': '[secure]'})"
        assert (codes(why(text)), notes(why(text))[0]) == ([], "note_authorization_hidden")

    def test_a_curl_command_that_signs_itself_has_no_signature_yet(self, why: Analyse) -> None:
        analysis = why("curl --aws-sigv4 aws:amz:us-east-1:lambda -u key:secret https://a.example/")
        assert (codes(analysis), notes(analysis)[0]) == ([], "note_curl_signs_itself")


@pytest.mark.parametrize("path", sorted(PASTES.iterdir()), ids=lambda path: path.stem)
def test_a_paste_cut_short_anywhere_is_analysed(why: Analyse, path: Path) -> None:
    data = path.read_bytes()
    for end in range(7, len(data), 311):
        for piece in (data[:end], data[end:]):
            try:
                assert why(piece).exchange
            except UnusablePaste:
                continue


def test_it_opens_no_file_socket_or_terminal(why: Analyse, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("opened")

    pastes = [path.read_bytes() for path in PASTES.iterdir()]
    why(pastes[0])
    for where, name in ((builtins, "open"), (os, "open"), (socket, "socket")):
        monkeypatch.setattr(where, name, forbidden)
    for paste in pastes:
        assert why(paste).exchange


def string_to_sign(canonical: str) -> str:
    """As curl 8 prints it with -v."""
    digest = sha256(canonical.encode()).hexdigest()
    return f"* aws_sigv4: String to sign (enclosed in []) - [AWS4-HMAC-SHA256\n20261123T060000Z\nx\n{digest}]\n"


LATER = refused(
    "InvalidSignatureException",
    '{"message":"Signature not yet current: 20261123T150000Z is still later than 20261123T060500Z '
    '(20261123T060000Z + 5 min.)"}',
)
WRONG_SCOPE = refused(
    "InvalidSignatureException",
    '{"message":"Credential should be scoped to a valid region, not \'lambda\'. '
    "Credential should be scoped to correct service: 'lambda'. \"}",
)


def test_names_local_time_beside_the_clock(why: Analyse) -> None:
    analysis = why(curl_v(signed("/", at=NOW + timedelta(hours=9)), LATER))
    assert ("local_time", False) in codes(analysis)


def test_names_region_and_service_that_changed_places(why: Analyse) -> None:
    analysis = why(curl_v(signed("/", region="lambda", service="ap-northeast-1"), WRONG_SCOPE))
    assert "scope_swapped" in [code for code, _ in codes(analysis)]


@pytest.mark.parametrize(
    ("escapes", "came"),
    [(r"\ud83d\ude00", "\U0001f600"), (r"\ud800", "\ufffd"), (r"\udfff", "\ufffd"), (r"\udc80", "\udc80")],
)
@pytest.mark.parametrize("place", ["META", "PATH", "QUERY", "METHOD", "BODY"])
def test_half_a_character_in_a_paste_ends_no_analysis(why: Analyse, escapes: str, came: str, place: str) -> None:
    text = (
        "{ url: 'https://a.lambda-url.us-east-1.on.aws/PATH?QUERY', method: 'METHOD', body: 'BODY', headers: {"
        "'x-amz-meta': 'META', 'x-amz-date': '20261125T022828Z', authorization: 'AWS4-HMAC-SHA256 "
        "Credential=AKIAEXAMPLE000000001/20261125/us-east-1/lambda/aws4_request, "
        f"SignedHeaders=host;x-amz-date;x-amz-meta, Signature={64 * '0'}'}} }}"
    )
    request = why(text.replace(place, escapes)).exchange.request
    assert request
    assert request.header("x-amz-meta") == (came if place == "META" else "META")
