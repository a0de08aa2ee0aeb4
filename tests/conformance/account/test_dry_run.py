"""The dry run explains each case, and needs no account, no network and no secret."""

import re
import socket
import subprocess
from typing import Any

import pytest

from conformance.account.__main__ import main
from conformance.account.explaining import explained
from conformance.account.plan import planned
from conformance.case import Case
from tests.conformance.account.conftest import CASES

POISON = "AKIAPOISONPOISON0000", "a-secret-of-the-shell", "a-token-of-the-shell"
CREDENTIAL = re.compile(r"A[KS]IA[A-Z0-9]{8}|Credential=|Signature=\w{8}|Security-Token=")
RUN = planned(CASES.values())


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network, no other program, and credentials in the environment that nothing may show."""

    def refused(*words: Any, **more: Any) -> None:
        raise AssertionError("a dry run calls nothing")

    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(subprocess, "run", refused)
    for name, value in zip(("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"), POISON, strict=True):
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.mark.usefixtures("alone")
def test_explains_every_case_that_an_account_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--dry-run"]) == 0
    output = capsys.readouterr().out
    lines = output.splitlines()
    assert [name for name in CASES if name in lines] == [case.name for case in RUN]
    assert f"Calls      {len(RUN)} cases" in output
    assert "free each month" in output


@pytest.mark.parametrize("case", RUN, ids=[case.name for case in RUN])
@pytest.mark.usefixtures("alone")
def test_no_credential_stands_in_a_case(case: Case) -> None:
    text = "\n".join(explained(case))
    assert not CREDENTIAL.search(text)
    for secret in (case.sign.secret, case.sign.token):
        assert not secret or secret == "none" or secret not in text


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("signature-expired", ["signed   by botocore, 400 s ago", "expects  403 InvalidSignatureException"]),
        ("unknown-key", ["signed   by botocore, with a key that AWS doesn't know, without the session token"]),
        ("wrong-secret", ["signed   by botocore, with another secret"]),
        ("another-body", ["over another body", "the body '{\"order\":42}'"]),
        ("another-region", ["for the region eu-north-1"]),
        ("another-service", ["for the service execute-api"]),
        ("no-date", ["then     x-amz-date is left out"]),
        ("event-cookies", ["then     cookie: 'a=1; b=2' is added", "expects  event cookies = ['a=1', 'b=2']"]),
        ("host-not-signed", ["then     'SignedHeaders=host;' becomes 'SignedHeaders='"]),
        ("presigned", ["signed   by botocore, as a URL for 300 s"]),
        ("unsigned", ["signed   not at all", "caller   nobody"]),
        ("identity-of-a-user", ["caller   the user, with policies/call-function-url.json"]),
        ("explicit-deny", ["caller   the role, with the session policy conformance/policies/denied.json"]),
        ("request-of-7-mb", ["a body of 7,000,000 bytes, content-type: 'text/plain'"]),
        ("event-body-text-of-other-bytes", ["the bytes 636166e9"]),
        ("event-of-a-chunked-body", ["the body '{\"order\":42}' in chunks"]),
        ("invoke", ["POST /2015-03-31/functions/$name/invocations to the Invoke API, for echo"]),
        ("sts-without-an-action", ["POST / to STS, AssumeRoleWithWebIdentity, no Action", "signed   not at all"]),
        ("sts-ten-seconds", ["DurationSeconds '10'"]),
        ("sts-symmetric-token", ["a token with alg 'HS256'"]),
        ("event-of-a-get", ["no event queryStringParameters"]),
    ],
)
def test_says_what_is_sent_by_whom_and_what_is_expected(name: str, lines: list[str]) -> None:
    text = "\n".join(explained(CASES[name]))
    for line in lines:
        assert line in text


def test_every_change_of_a_signature_has_words() -> None:
    """A case whose mistake isn't told would look like a correct one."""
    plain = "by botocore"
    for case in RUN:
        text = explained(case)
        told = any(line.split(maxsplit=1)[0] == "then" for line in text) or f"    signed   {plain}" not in text
        assert told or case.sign == type(case.sign)() or case.sign.expires > 300, case.name
