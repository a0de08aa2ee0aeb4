"""The sources of temporary credentials: what each asks and takes, and an error without a value for anything else."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import TemporaryCredentials
from edge_caller.signer.sigv4 import Credentials
from edge_caller.signer.sources.command import CommandOutput
from edge_caller.signer.sources.container import ContainerEndpoint
from edge_caller.signer.sources.key_file import KeyFile
from edge_caller.signer.sources.web_identity import WebIdentity

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
END = NOW + timedelta(hours=1)
FOUND = TemporaryCredentials(Credentials("ASIALOCAL00000000004", "hush", "hush-token"), END)
ROLE = "arn:aws:iam::123456789012:role/edge-caller-role"
XML = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIALOCAL00000000004</AccessKeyId>
<SecretAccessKey>hush</SecretAccessKey><SessionToken>hush-token</SessionToken>
<Expiration>2026-11-25T07:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""
JSON = {"AccessKeyId": "ASIALOCAL00000000004", "SecretAccessKey": "hush", "Expiration": "2026-11-25T07:00:00Z"}


def refusal(source: Callable[[], object]) -> str:
    with pytest.raises(SigningError) as raised:
        source()
    assert "hush" not in repr([raised.value, raised.value.__cause__])
    return str(raised.value)


def streamed(answer: httpx.Response) -> httpx.Response:
    """As from a server: not yet read."""
    return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))


class TestWebIdentity:
    def asked(
        self, answer: httpx.Response, token: str | Path | Callable[[], str] = lambda: "a-hush-token"
    ) -> WebIdentity:
        def answered(request: httpx.Request) -> httpx.Response:
            self.request = request
            return streamed(answer)

        transport = httpx.MockTransport(answered)
        return WebIdentity(ROLE, token, region="ap-northeast-1", now=lambda: NOW, transport=transport)

    def test_asks_the_regions_sts_without_a_signature(self) -> None:
        assert self.asked(httpx.Response(200, text=XML))() == FOUND
        assert str(self.request.url) == "https://sts.ap-northeast-1.amazonaws.com"
        assert "authorization" not in self.request.headers
        form = dict(httpx.QueryParams(self.request.content.decode()))
        assert form == {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": ROLE,
            "RoleSessionName": "edge-caller",
            "DurationSeconds": "3600",
            "WebIdentityToken": "a-hush-token",
        }

    def test_reads_the_tokens_file_each_time(self, tmp_path: Path) -> None:
        source = self.asked(httpx.Response(200, text=XML), tmp_path / "token")
        for token in ("first", "second"):
            (tmp_path / "token").write_text(token + "\n")
            source()
            assert f"WebIdentityToken={token}" in self.request.content.decode()

    def test_the_end_is_as_far_from_now_as_sts_says(self) -> None:
        """Our clock is an hour behind."""
        answer = httpx.Response(200, text=XML, headers={"date": "Wed, 25 Nov 2026 06:59:00 GMT"})
        assert self.asked(answer)().expires_at == NOW + timedelta(minutes=1)

    @pytest.mark.parametrize("date", ["", "soon", "Tue, 31 Feb 2026 06:59:00 GMT"])
    def test_without_a_possible_date_the_end_is_by_our_clock(self, date: str) -> None:
        assert self.asked(httpx.Response(200, text=XML, headers={"date": date}))().expires_at == END

    @pytest.mark.parametrize(
        ("region", "endpoint"),
        [
            ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"),
            ("eu-west-1", "sts.eu-west-1.amazonaws.com"),
            ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
        ],
    )
    def test_each_region_has_its_own(self, region: str, endpoint: str) -> None:
        hosts: list[str] = []

        def answered(request: httpx.Request) -> httpx.Response:
            hosts.append(request.url.host)
            return streamed(httpx.Response(200, text=XML))

        WebIdentity(ROLE, lambda: "t", region=region, transport=httpx.MockTransport(answered))()
        assert hosts == [endpoint]

    @pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9010/sts", "http://localhost/sts", "https://sts.example"])
    def test_takes_another_sts_that_keeps_the_token(self, endpoint: str) -> None:
        WebIdentity(ROLE, lambda: "t", region="eu-west-1", endpoint=endpoint)

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://sts.example/",
            "http://169.254.170.2/",
            "http://127.0.0.1.sts.example/",
            "ftp://127.0.0.1/",
            "sts",
            "/",
        ],
    )
    def test_sends_no_token_in_the_clear(self, endpoint: str) -> None:
        with pytest.raises(SigningError, match=r"\(AWS_ENDPOINT_URL_STS\) must begin with https://"):
            WebIdentity(ROLE, lambda: "t", region="eu-west-1", endpoint=endpoint)

    @pytest.mark.parametrize(
        ("code", "remedy"),
        [
            ("ExpiredTokenException", "the platform's token has expired"),
            ("InvalidIdentityToken", "compare its issuer and audience"),
            ("AccessDenied", "compare its aud and sub"),
            ("Whatever", "look at AWS_ENDPOINT_URL_STS"),
        ],
    )
    def test_says_what_to_do_when_sts_refuses(self, code: str, remedy: str) -> None:
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>hush</Message></Error></ErrorResponse>"
        assert refusal(self.asked(httpx.Response(400, text=text))).startswith(f"STS refused the token (400 {code}): ")
        assert remedy in refusal(self.asked(httpx.Response(400, text=text)))

    @pytest.mark.parametrize("text", ["", "hush", "<a", "<a/>", XML.replace("SessionToken", "Token")])
    def test_takes_nothing_else_for_an_answer(self, text: str) -> None:
        assert "no AWS answer" in refusal(self.asked(httpx.Response(200, text=text)))

    @pytest.mark.parametrize("end", ["", "2026-11-25T07:00:00", "soon"])
    def test_demands_the_end(self, end: str) -> None:
        text = XML.replace("2026-11-25T07:00:00Z", end)
        assert "didn't say when" in refusal(self.asked(httpx.Response(200, text=text)))

    def test_says_that_sts_or_the_token_is_not_there(self, tmp_path: Path) -> None:
        def unreachable(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("hush")

        down = WebIdentity(ROLE, lambda: "hush", region="eu-west-1", transport=httpx.MockTransport(unreachable))
        assert refusal(down) == "STS can't be reached (ConnectError): check the network"
        assert "token can't be read (FileNotFoundError)" in refusal(self.asked(httpx.Response(200), tmp_path / "token"))

        def broken() -> str:
            raise RuntimeError("no")

        assert refusal(self.asked(httpx.Response(200), broken)) == "the token's function failed with RuntimeError"


class TestContainerEndpoint:
    def asked(
        self, answer: httpx.Response, url: str = "http://169.254.170.23/v1/credentials", **options: object
    ) -> ContainerEndpoint:
        def answered(request: httpx.Request) -> httpx.Response:
            self.request = request
            return streamed(answer)

        return ContainerEndpoint(url, transport=httpx.MockTransport(answered), **options)  # type: ignore[arg-type]

    def test_sends_the_token_and_takes_the_credentials(self, tmp_path: Path) -> None:
        document = JSON | {"Token": "hush-token"}
        assert self.asked(httpx.Response(200, json=document), token="a-token")() == FOUND
        assert self.request.headers["authorization"] == "a-token"
        source = self.asked(httpx.Response(200, json=document), token_file=tmp_path / "token")
        for token in ("first", "second"):
            (tmp_path / "token").write_text(token + "\n")
            source()
            assert self.request.headers["authorization"] == token

    @pytest.mark.parametrize(
        "url",
        [
            "https://a.example/",
            "http://127.0.0.1:9911/",
            "http://[::1]/",
            "http://169.254.170.2/",
            "http://[fd00:ec2::23]/",
        ],
    )
    def test_takes_an_address_that_keeps_the_secret(self, url: str) -> None:
        ContainerEndpoint(url)

    @pytest.mark.parametrize(
        "url",
        ["http://a.example/", "http://169.254.169.254/", "ftp://127.0.0.1/", "", "//", "http://127.0.0.1.a.example/"],
    )
    def test_refuses_another(self, url: str) -> None:
        with pytest.raises(SigningError, match="must begin with https://"):
            ContainerEndpoint(url)

    @pytest.mark.parametrize(
        "answer", [httpx.Response(302, headers={"location": "https://a.example/"}), httpx.Response(500)]
    )
    def test_follows_nothing_and_takes_no_error(self, answer: httpx.Response) -> None:
        assert "gave no credentials: status" in refusal(self.asked(answer))

    @pytest.mark.parametrize("text", ["", "[]", "null", '"hush"', "{}", '{"AccessKeyId": "a"}', '{"AccessKeyId": 1}'])
    def test_takes_nothing_else_for_credentials(self, text: str) -> None:
        assert "gave no credentials in AWS's form" in refusal(self.asked(httpx.Response(200, text=text)))


class TestCommandOutput:
    def printed(self, text: str) -> CommandOutput:
        return CommandOutput([sys.executable, "-SIc", f"print({text!r})"])

    def test_takes_what_the_command_prints(self) -> None:
        assert self.printed(json.dumps(JSON | {"Version": 1, "SessionToken": "hush-token"}))() == FOUND

    def test_credentials_may_have_no_end(self) -> None:
        document = {"Version": 1, "AccessKeyId": "AKIALOCAL00000000001", "SecretAccessKey": "hush"}
        found = self.printed(json.dumps(document))()
        assert (found.expires_at, found.credentials.session_token) == (None, None)

    @pytest.mark.parametrize("version", [None, 0, 2, "1", "hush", [1], {}])
    def test_takes_version_1_alone(self, version: object) -> None:
        document = JSON | {"SessionToken": "hush-token"} | ({} if version is None else {"Version": version})
        assert 'must print "Version": 1' in refusal(self.printed(json.dumps(document)))

    def test_runs_no_shell(self, tmp_path: Path) -> None:
        refusal(CommandOutput(f"{sys.executable} -c pass; touch {tmp_path}/made"))
        assert not (tmp_path / "made").exists()

    @pytest.mark.parametrize("command", ["", "  ", "aws 'half", []])
    def test_refuses_no_command(self, command: str | list[str]) -> None:
        with pytest.raises(SigningError, match="the credential command is empty"):
            CommandOutput(command)

    def test_says_what_went_wrong(self) -> None:
        assert "ended with status 3" in refusal(
            CommandOutput([sys.executable, "-SIc", "print('hush'); import sys; sys.exit(3)"])
        )
        assert "can't be run (FileNotFoundError)" in refusal(CommandOutput("/no/such/command"))
        slow = CommandOutput([sys.executable, "-SIc", "input(); import time; time.sleep(60)"], timeout_seconds=0.2)
        assert "ended with status 1" in refusal(slow)  # it reads from nothing
        slow = CommandOutput([sys.executable, "-SIc", "import time; time.sleep(60)"], timeout_seconds=0.2)
        assert "gave no credentials within 0.2 seconds" in refusal(slow)
        assert "gave no credentials in AWS's form" in refusal(self.printed("hush"))


class TestKeyFile:
    """Each call is a time at which the file is read. `meanwhile` is what somebody writes between two readings."""

    @pytest.fixture(autouse=True)
    def file(self, tmp_path: Path) -> None:
        self.path, self.said, self.meanwhile = tmp_path / "key", list[str](), list[str]()
        self.path.write_text("AKIALOCAL00000000001 hush")
        self.source = KeyFile(self.path, self.parsed, say=self.said.append, now=lambda: NOW, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        if self.meanwhile:
            self.path.write_text(self.meanwhile.pop(0))

    def parsed(self, text: str) -> Credentials:
        words = text.split()
        if len(words) != 2:
            raise SigningError("the file has no key: write its ID and its secret")
        return Credentials(*words)

    def keys(self, times: int) -> list[str]:
        return [self.source().credentials.access_key_id[-1] for _ in range(times)]

    def test_is_read_again_after_two_seconds_and_has_no_end(self) -> None:
        found = self.source()
        assert (found.renew_at, found.expires_at) == (NOW + timedelta(seconds=2), None)

    def test_a_new_key_is_used_when_it_is_read(self) -> None:
        assert self.keys(2) == ["1", "1"]
        self.path.write_text("AKIALOCAL00000000002 hush")
        assert self.keys(2) == ["2", "2"]
        assert self.said == [f"{self.path} has another key, AKIALOCAL00000000002: it is used from now on"]

    def test_half_a_secret_is_never_used(self) -> None:
        self.keys(1)
        self.path.write_text("AKIALOCAL00000000002 h")
        self.meanwhile = ["AKIALOCAL00000000002 hu", "AKIALOCAL00000000002 hus", "AKIALOCAL00000000002 hush"]
        found = self.source().credentials
        assert (found.access_key_id[-1], found.secret_access_key) == ("2", "hush")
        assert len(self.said) == 1

    def test_a_file_that_keeps_changing_is_left_for_the_next_time(self) -> None:
        self.keys(1)
        self.path.write_text("AKIALOCAL00000000002 hush")
        self.meanwhile = [f"AKIALOCAL00000000002 hush{number}" for number in range(20)]
        assert self.keys(1) == ["1"]
        assert self.said == []
        self.meanwhile = []
        assert self.keys(1) == ["2"]

    def test_a_change_that_is_taken_back_is_none(self) -> None:
        self.keys(1)
        self.path.write_text("AKIALOCAL00000000002 hush")
        self.meanwhile = ["AKIALOCAL00000000001 hush"]
        assert self.keys(1) == ["1"]
        assert self.said == []

    @pytest.mark.parametrize("broken", [b"", b"AKIALOCAL00000000002", b"\xff hush", b"a b c", b"x" * 70_000, None])
    def test_keeps_the_old_key_and_says_so_once(self, broken: bytes | None) -> None:
        self.keys(1)
        self.path.unlink()
        if broken is not None:
            self.path.write_bytes(broken)
        assert self.keys(5) == ["1"] * 5
        assert len(self.said) == 1
        assert self.said[0].endswith(". The old key is still used")
        assert "hush" not in self.said[0]
        self.path.write_text("AKIALOCAL00000000002 hush")
        assert self.keys(1) == ["2"]

    def test_says_each_way_in_which_it_is_broken(self) -> None:
        self.keys(1)
        for broken in ("", "a b c d", None):
            self.path.unlink()
            if broken is not None:
                self.path.write_text(broken)
            self.keys(3)
        assert len(self.said) == 2  # the first two have the same reason

    def test_says_nothing_of_a_change_that_is_not_the_keys(self) -> None:
        self.keys(1)
        self.path.write_text("AKIALOCAL00000000001   hush\n")
        assert self.keys(3) == ["1"] * 3
        assert self.said == []

    def test_a_text_is_parsed_once(self) -> None:
        texts: list[str] = []

        def counted(text: str) -> Credentials:
            texts.append(text)
            return self.parsed(text)

        source = KeyFile(self.path, counted)
        for _ in range(5):
            source()
        assert len(texts) == 1

    def test_needs_a_key_at_first(self) -> None:
        self.path.unlink()
        assert "can't be read (FileNotFoundError)" in refusal(self.source)
        self.path.write_text("")
        assert refusal(self.source) == "the file has no key: write its ID and its secret"
